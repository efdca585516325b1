"""The pages for unknown URLs, server errors and CSRF failures."""

from typing import TYPE_CHECKING

from nexus.core.errors import NexusError, NotAllowedError, NotFoundError
from nexus.web.middleware.errors import show_error

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

__all__ = ["csrf_failure", "not_found", "server_error"]


def not_found(request: "HttpRequest", exception: Exception | None = None) -> "HttpResponse":
    """Render the page for an unknown URL."""
    del exception
    sentence = "Page not found. Check the URL, or start at the home page."
    return show_error(request, NotFoundError(sentence))


def server_error(request: "HttpRequest") -> "HttpResponse":
    """Render the page for an internal error."""
    return show_error(
        request,
        NexusError(
            "Internal error. The log of `nexus serve` has the details that a developer needs "
            "to fix it.",
        ),
    )


def csrf_failure(request: "HttpRequest", reason: str = "") -> "HttpResponse":
    """Render the page for a form that has expired or comes from another site."""
    del reason
    return show_error(
        request,
        NotAllowedError(
            "The form could not be verified: it may have expired, or cookies are disabled. "
            "Reload its page and submit it again.",
        ),
    )
