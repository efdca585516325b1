"""The current request of this thread, for logs and messages."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from django.http import HttpRequest

__all__ = ["MAX_ID_LENGTH", "add_user_id", "current_request", "current_request_id", "route_of"]

MAX_ID_LENGTH = 64

current_request: "ContextVar[HttpRequest | None]" = ContextVar("current_request", default=None)

# Attributes with the authenticated user: set by the API's bearer tokens and by Django's sessions.
USER_ATTRIBUTES = ("bearer", "_cached_user")


def current_request_id() -> str:
    """Return the id of the current request, or of the one that started this task, or ""."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def route_of(request: "HttpRequest | None") -> str:
    """Return a request's route; its path may contain ids and tokens."""
    match = getattr(request, "resolver_match", None)
    return "unknown" if match is None else str(match.route) or "/"


def add_user_id(
    _logger: Any, _method: str, event: "MutableMapping[str, Any]"
) -> "MutableMapping[str, Any]":
    """Add the user's id to a log line if it is already known; no query is made for it."""
    request = current_request.get()
    if request is not None:
        for name in USER_ATTRIBUTES:
            user = getattr(request, name, None)
            if user is not None and user.pk is not None:
                event["user_id"] = user.pk
                break
    return event
