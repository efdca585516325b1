"""Logging, metrics and tracing of every request."""

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
# The ids of common proxies, and nothing that could break a log line or a header.
WELL_FORMED = re.compile(rf"[A-Za-z0-9._:-]{{8,{MAX_ID_LENGTH}}}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """Binds a request id for the logs, and records each request after its response.

    It is the first middleware: the time of the others is included, and they log with the id.
    """

    def __init__(self, get_response: "Handler") -> None:
        self.get_response = get_response
        # Looked up once: the log level does not change later. On a laptop it is above INFO.
        self.log = line_logger("nexus.access")

    def __call__(self, request: "HttpRequest") -> "HttpResponseBase":
        request_id = _trusted_id(request) or secrets.token_hex(16)
        context_tokens = bind_contextvars(request_id=request_id)
        request_token = current_request.set(request)
        REQUESTS_IN_FLIGHT.inc()
        # Probes come every second and would drown all other traces.
        handle = self._traced if is_on() and request.path_info not in VIEWS else self._handle
        try:
            response = handle(request)
            response.headers[HEADER] = request_id
            return response
        finally:
            REQUESTS_IN_FLIGHT.dec()
            current_request.reset(request_token)
            reset_contextvars(**context_tokens)

    def _handle(self, request: "HttpRequest") -> "HttpResponseBase":
        start = time.perf_counter()
        response = self.get_response(request)
        self._record(request, response, time.perf_counter() - start)
        return response

    def _traced(self, request: "HttpRequest") -> "HttpResponseBase":
        """Handle the request in a span, a child of the proxy's span if there is one."""
        parent = request.META.get("HTTP_TRACEPARENT", "") if settings.TRUSTED_IDS else ""
        method = _method(request)
        with span(method, "SERVER", parent=parent, http__request__method=method) as server_span:
            response = self._handle(request)
            if server_span is not None:
                route = _route(request)
                server_span.update_name(f"{method} {route}")
                server_span.set_attribute("http.route", route)
                server_span.set_attribute("http.response.status_code", response.status_code)
                if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    fail(server_span)
            return response

    def _record(
        self, request: "HttpRequest", response: "HttpResponseBase", duration_s: float
    ) -> None:
        method, route, status = _method(request), _route(request), response.status_code
        requests, duration = _children(method, route, f"{status // 100}xx")
        requests.inc()
        duration.observe(duration_s)
        if self.log is not None:
            self.log.info(
                "request",
                method=method,
                route=route,
                status=status,
                duration_ms=round(duration_s * 1000, 1),
                bytes=_size(response),
            )


def _trusted_id(request: "HttpRequest") -> str | None:
    """Return the request id that a trusted proxy has set; any other could come from a client."""
    if not settings.TRUSTED_IDS:
        return None
    request_id = request.META.get("HTTP_X_REQUEST_ID", "")
    return request_id if WELL_FORMED.fullmatch(request_id) else None


def _method(request: "HttpRequest") -> str:
    return str(request.method) if request.method in METHODS else "other"


def _route(request: "HttpRequest") -> str:
    """Return the URL pattern, so that user ids and tokens in paths stay out of logs."""
    match = request.resolver_match
    if match is not None:
        return match.route or "/"
    if request.path_info in VIEWS:
        return request.path_info.removeprefix("/")
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"


@cache
def _children(method: str, route: str, status: str) -> "tuple[Counter, Histogram]":
    """Return the metrics for these labels, cached because the lookup by labels is slower."""
    return REQUESTS.labels(method, route, status), REQUEST_DURATION.labels(method, route)


def _size(response: "HttpResponseBase") -> int:
    if response.streaming:
        return int(response.headers.get("Content-Length", 0))
    return len(getattr(response, "content", b""))
