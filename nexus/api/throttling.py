"""How many requests a client may make: the same limits for REST and GraphQL.

A signed-in user has a limit of their own; everybody else shares one with all clients of the same
address. If Valkey does not respond, requests pass.
"""

import math
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from nexus.core.cache.rate_limits import Limit, command, decide, raise_if_throttled, take_or_allow
from nexus.core.security.client_address import client_address

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.users.models import User
    from nexus.core.cache.rate_limits import Decision
    from nexus.core.cache.valkey import Command

__all__ = ["ClientLimit", "add_headers", "consume"]

BURST_S = 10
"""For how many seconds' worth of requests a client that was quiet may ask at once."""


class ClientLimit:
    """The token bucket of a client, whose command can be sent to Valkey together with others."""

    def __init__(self, request: HttpRequest, user: "User | AnonymousUser") -> None:
        rate = settings.API_RATE
        self.request = request
        self.limit = Limit(burst=max(1, math.ceil(BURST_S * rate)), rate=rate)
        self.key = (
            f"api:user:{user.pk}"
            if user.is_authenticated
            else f"api:address:{client_address(request)}"
        )

    def command(self) -> "Command":
        """Return the command that takes a token."""
        return command(self.key, self.limit)

    def allows(self, reply: object) -> bool:
        """Return whether the reply to that command lets the request pass.

        If Valkey has replied with something else, as it does after a restart, the request has not
        been counted.
        """
        if not isinstance(reply, list):
            return False
        decision = decide(reply, self.limit)
        self.request.limit_decision = decision  # type: ignore[attr-defined]
        return decision.allowed


def consume(request: HttpRequest, user: "User | AnonymousUser") -> None:
    """Take a token for this request, unless one was taken for it already.

    Raises `ThrottledError` if the client has none left.
    """
    if not hasattr(request, "limit_decision"):
        limit = ClientLimit(request, user)
        request.limit_decision = take_or_allow(limit.key, limit.limit)  # type: ignore[attr-defined]
    decision: Decision | None = request.limit_decision  # type: ignore[attr-defined]
    if decision is not None:
        raise_if_throttled(decision)


def add_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the headers of the rate limit (draft-ietf-httpapi-ratelimit-headers-10)."""
    decision: Decision | None = getattr(request, "limit_decision", None)
    if decision is None:
        return
    burst, reset_s = decision.limit.burst, math.ceil(decision.reset_s)
    response.headers["RateLimit-Policy"] = f'"api";q={burst};w={BURST_S}'
    response.headers["RateLimit"] = f'"api";r={decision.remaining};t={reset_s}'
    if not decision.allowed:
        response.headers["Retry-After"] = str(math.ceil(decision.retry_after_s))
