"""The outbox's topics and their handlers."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.dispatch import Signal

__all__ = ["Handler", "handler_named", "handlers_of", "handles", "published"]

Handler = Callable[..., Any]
H = TypeVar("H", bound=Handler)

published = Signal()
"""Sent after the commit with `message_ids`, the ids of the messages that the transaction wrote."""

_HANDLERS: dict[str, dict[str, Handler]] = {}


def handles(topic: str) -> Callable[[H], H]:
    """Register a function as a handler of a topic; it receives the payload as keyword arguments.

    A message names its handler as `module.function`. If a handler moves, keep the old name
    registered until the messages that wait for it are delivered.
    """

    def register(handler: H) -> H:
        _HANDLERS.setdefault(topic, {})[f"{handler.__module__}.{handler.__qualname__}"] = handler
        return handler

    return register


def handlers_of(topic: str) -> list[str]:
    """Return the names of a topic's handlers."""
    return list(_HANDLERS.get(topic, {}))


def handler_named(topic: str, name: str) -> Handler:
    """Return a handler. Raises `LookupError` if this release has none with that name."""
    try:
        return _HANDLERS[topic][name]
    except KeyError as error:
        message = f"There is no handler {name} for the topic {topic}."
        raise LookupError(message) from error
