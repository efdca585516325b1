"""What is noted of every request: an id in its logs, its count and duration, one line about it."""

import re
import secrets
import time
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from structlog.contextvars import bind_contextvars, reset_contextvars

from nexus.core.observability.logging import line_logger
from nexus.core.observability.metrics import REQUEST_DURATION, REQUESTS, REQUESTS_IN_FLIGHT
from nexus.core.observability.request_context import MAX_ID_LENGTH, current_request
from nexus.core.observability.tracing import fail, is_on, span
from nexus.web.middleware.probes import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase
    from prometheus_client import Counter, Histogram

    Handler = Callable[[HttpRequest], HttpResponseBase]

__all__ = ["RequestLog"]

HEADER = "X-Request-ID"
# What proxies make, and nothing that could break a line of a log or a header.
WELL_FORMED = re.compile(rf"[A-Za-z0-9._:-]{{8,{MAX_ID_LENGTH}}}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """Names a request for the logs, and tells of it once it is answered.

    The first of the middlewares: what they do is part of the time, and they log with its id.
    """

    def __init__(self, get_response: "Handler") -> None:
        self.get_response = get_response
        # Asked once: the level is settled when this is made. A laptop's is above it.
        self.log = line_logger("nexus.access")

    def __call__(self, request: "HttpRequest") -> "HttpResponseBase":
        """Pass the request on."""
        request_id = _given_id(request) or secrets.token_hex(16)
        bound = bind_contextvars(request_id=request_id)
        asked = current_request.set(request)
        REQUESTS_IN_FLIGHT.inc()
        # Who watches comes every second: that would bury all other traces.
        answer = self._traced if is_on() and request.path_info not in VIEWS else self._answer
        try:
            response = answer(request)
            response.headers[HEADER] = request_id
            return response
        finally:
            REQUESTS_IN_FLIGHT.dec()
            current_request.reset(asked)
            reset_contextvars(**bound)

    def _answer(self, request: "HttpRequest") -> "HttpResponseBase":
        began = time.perf_counter()
        response = self.get_response(request)
        self._tell(request, response, time.perf_counter() - began)
        return response

    def _traced(self, request: "HttpRequest") -> "HttpResponseBase":
        """Answer inside of a span, below that of a proxy that makes its own."""
        parent = request.META.get("HTTP_TRACEPARENT", "") if settings.TRUSTED_IDS else ""
        method = _method(request)
        with span(method, "SERVER", parent=parent, http__request__method=method) as made:
            response = self._answer(request)
            if made is not None:
                route = _route(request)
                made.update_name(f"{method} {route}")
                made.set_attribute("http.route", route)
                made.set_attribute("http.response.status_code", response.status_code)
                if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    fail(made)
            return response

    def _tell(self, request: "HttpRequest", response: "HttpResponseBase", lasted_s: float) -> None:
        method, route, status = _method(request), _route(request), response.status_code
        requests, duration = _children(method, route, f"{status // 100}xx")
        requests.inc()
        duration.observe(lasted_s)
        if self.log is not None:
            self.log.info(
                "request",
                method=method,
                route=route,
                status=status,
                duration_ms=round(lasted_s * 1000, 1),
                bytes=_size(response),
            )


def _given_id(request: "HttpRequest") -> str | None:
    """Return the id that a proxy has set; where it passes ids on, a stranger has chosen this one."""
    if not settings.TRUSTED_IDS:
        return None
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if WELL_FORMED.fullmatch(given) else None


def _method(request: "HttpRequest") -> str:
    return str(request.method) if request.method in METHODS else "other"


def _route(request: "HttpRequest") -> str:
    """Return the pattern of an address: ids of people and tokens in paths stay out of logs."""
    match = request.resolver_match
    if match is not None:
        return match.route or "/"
    if request.path_info in VIEWS:
        return request.path_info.removeprefix("/")
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"


@cache
def _children(method: str, route: str, status: str) -> "tuple[Counter, Histogram]":
    """Return the counters of one kind of request; looking them up by labels takes longer."""
    return REQUESTS.labels(method, route, status), REQUEST_DURATION.labels(method, route)


def _size(response: "HttpResponseBase") -> int:
    if response.streaming:
        return int(response.headers.get("Content-Length", 0))
    return len(getattr(response, "content", b""))
