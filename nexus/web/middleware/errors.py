"""Error pages that say what happened and what to do."""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nexus.core.errors import NexusError, UnavailableError

__all__ = ["ErrorPages", "show_error"]

log = structlog.get_logger()

Handler = Callable[[HttpRequest], HttpResponse]

TITLES = {
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    503: "Temporarily unavailable",
}


class ErrorPages:
    """Renders a `NexusError`, or a lost database connection, as an error page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the error page, or None for an error that only a developer can fix."""
        if isinstance(error, OperationalError | InterfaceError):
            log.warning("database_unavailable", error=error)
            error = UnavailableError(
                "The database is unreachable. If Nexus runs its own, it is being restarted: "
                "reload this page in a few seconds.",
            )
        return show_error(request, error) if isinstance(error, NexusError) else None


def show_error(request: HttpRequest, error: NexusError) -> HttpResponse:
    """Render the error page for `error`, with its status."""
    context = {
        "title": TITLES.get(error.status, "Something went wrong"),
        "what": error.message,
        "status": int(error.status),
        # The database may be unreachable, so this page does not look up the user.
        "told_as_error": True,
    }
    return render(request, "error.html", context, status=error.status)
