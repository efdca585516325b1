"""What the outbox tells, and who handles which topic."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.dispatch import Signal

__all__ = ["Handler", "handler_named", "handlers_of", "handles", "published"]

Handler = Callable[..., Any]
H = TypeVar("H", bound=Handler)

published = Signal()
"""Sent after the commit with `message_ids`, the messages that the transaction wrote."""

_HANDLERS: dict[str, dict[str, Handler]] = {}


def handles(topic: str) -> Callable[[H], H]:
    """Let a function do what a topic's messages ask for; it gets their payload as keywords.

    A message names its handler as `module.function`, so a handler that moves leaves the messages
    behind that wait for it: keep the old name until they are done.
    """

    def register(handler: H) -> H:
        _HANDLERS.setdefault(topic, {})[f"{handler.__module__}.{handler.__qualname__}"] = handler
        return handler

    return register


def handlers_of(topic: str) -> list[str]:
    """Return the names of those who handle a topic."""
    return list(_HANDLERS.get(topic, {}))


def handler_named(topic: str, name: str) -> Handler:
    """Return a handler. Raises `LookupError` where this release has none of that name."""
    try:
        return _HANDLERS[topic][name]
    except KeyError as error:
        message = f"Nothing handles {topic} as {name}."
        raise LookupError(message) from error
