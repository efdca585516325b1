"""The request that this thread answers, as far as logs and messages speak of it."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from django.http import HttpRequest

__all__ = ["MAX_ID_LENGTH", "add_user_id", "current_request", "current_request_id", "route_of"]

MAX_ID_LENGTH = 64

current_request: "ContextVar[HttpRequest | None]" = ContextVar("current_request", default=None)

# Where whoever found out who asks has put it: the API's bearer, Django's session.
FOUND_IN = ("bearer", "_cached_user")


def current_request_id() -> str:
    """Return the id of the request that this thread answers or that made its task; else nothing."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def route_of(request: "HttpRequest | None") -> str:
    """Return the pattern of a request's address: its path may have ids and tokens in it."""
    match = getattr(request, "resolver_match", None)
    return "unknown" if match is None else str(match.route) or "/"


def add_user_id(
    _logger: Any, _method: str, event: "MutableMapping[str, Any]"
) -> "MutableMapping[str, Any]":
    """Add the id of who asks to a line, where it has been found out; nobody is looked up for it."""
    request = current_request.get()
    if request is not None:
        for name in FOUND_IN:
            found = getattr(request, name, None)
            if found is not None and found.pk is not None:
                event["user_id"] = found.pk
                break
    return event
