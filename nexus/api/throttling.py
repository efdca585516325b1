"""How many requests a client may make: the same buckets for REST and GraphQL.

A signed-in user has a bucket of their own, everybody else shares one with all who come from the
same address. Where the store does not answer, requests pass.
"""

import math
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from nexus.core.clients import client_address
from nexus.core.rate_limits import Limit, need, take_if_counted

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.users.models import User
    from nexus.core.rate_limits import Decision

__all__ = ["spend", "tell"]

BURST_S = 10
"""For how many seconds' worth of requests a client that was quiet may ask at once."""


def spend(request: HttpRequest, user: "User | AnonymousUser") -> None:
    """Take a token for this request. Raises `ThrottledError` where the client has none left."""
    rate = settings.API_RATE
    limit = Limit(burst=max(1, math.ceil(BURST_S * rate)), rate=rate)
    client = f"user:{user.pk}" if user.is_authenticated else f"address:{client_address(request)}"
    decision = take_if_counted(f"api:{client}", limit)
    if decision is not None:
        request.limit_decision = decision  # type: ignore[attr-defined]
        need(decision)


def tell(request: HttpRequest, response: HttpResponseBase) -> None:
    """Say in a response's headers what is left (draft-ietf-httpapi-ratelimit-headers-10)."""
    decision: Decision | None = getattr(request, "limit_decision", None)
    if decision is None:
        return
    burst, reset_s = decision.limit.burst, math.ceil(decision.reset_s)
    response.headers["RateLimit-Policy"] = f'"api";q={burst};w={BURST_S}'
    response.headers["RateLimit"] = f'"api";r={decision.remaining};t={reset_s}'
    if not decision.allowed:
        response.headers["Retry-After"] = str(math.ceil(decision.retry_after_s))
