"""What is shown where no view answers, or one broke."""

from typing import TYPE_CHECKING

from nexus.core.errors import NexusError, NotAllowedError, NotFoundError
from nexus.web.middleware.errors import show_error

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

__all__ = ["csrf_failure", "not_found", "server_error"]


def not_found(request: "HttpRequest", exception: Exception | None = None) -> "HttpResponse":
    """Say that there is no such page."""
    del exception
    sentence = "There is no page at this address. Check it, or start at the first page."
    return show_error(request, NotFoundError(sentence))


def server_error(request: "HttpRequest") -> "HttpResponse":
    """Say that Nexus has a fault of its own."""
    return show_error(
        request,
        NexusError(
            "Nexus has a fault of its own; nothing you did is lost. "
            "The log of `nexus serve` holds what a developer needs to mend it.",
        ),
    )


def csrf_failure(request: "HttpRequest", reason: str = "") -> "HttpResponse":
    """Say that a form was too old or came from elsewhere."""
    del reason
    return show_error(
        request,
        NotAllowedError(
            "The form could not be verified: it may be too old, or cookies are off. "
            "Reload the page it was on and send it again.",
        ),
    )
