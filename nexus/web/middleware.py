"""What every page is wrapped in: a content security policy, and errors worded for people."""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nexus.core.errors import NexusError, UnavailableError

__all__ = ["POLICY", "ErrorsForPeople", "content_security_policy"]

log = structlog.get_logger()

Handler = Callable[[HttpRequest], HttpResponse]

# Everything comes from this server: no inline script or style, no other host, no frames.
POLICY = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)

TITLES = {
    403: "Not allowed",
    404: "Not found",
    409: "That does not fit",
    503: "Not available now",
}


def content_security_policy(get_response: Handler) -> Handler:
    """Send the policy with every response."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return handle


class ErrorsForPeople:
    """Shows a `NexusError`, or a lost database, as a page that says what to do."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Give the error page, or nothing for what only a developer can mend."""
        if isinstance(error, OperationalError | InterfaceError):
            log.warning("database_unavailable", error=error)
            error = UnavailableError(
                "The database does not answer. If Nexus runs its own, it is being started again: "
                "reload this page in a few seconds.",
            )
        return show_error(request, error) if isinstance(error, NexusError) else None


def show_error(request: HttpRequest, error: NexusError) -> HttpResponse:
    """Render the error page for `error`, with its status."""
    context = {
        "title": TITLES.get(error.status, "Something went wrong"),
        "what": error.message,
        "status": int(error.status),
        # The database may be what is lost: who asks is not looked up for this page.
        "told_as_error": True,
    }
    return render(request, "error.html", context, status=error.status)
