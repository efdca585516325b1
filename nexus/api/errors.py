"""Errors in a request that are found before any app sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from nexus.core.errors import NexusError, ThrottledError

__all__ = [
    "InputFault",
    "InvalidInputError",
    "MediaTypeError",
    "MethodError",
    "NotAcceptableError",
    "NotAuthenticatedError",
    "PreconditionRequiredError",
    "ThrottledError",
    "TooLargeError",
    "UnreadableError",
]


@dataclass(frozen=True, slots=True)
class InputFault:
    """One fault and its place: a JSON pointer into the body, or the name of a query parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class InvalidInputError(NexusError):
    """The request is not valid. Each fault is listed with its place."""

    code = "invalid_input"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, faults: Sequence[InputFault], message: str = "") -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class UnreadableError(NexusError):
    """The body could not be parsed. Send a JSON object with Content-Type: application/json."""

    code = "unreadable"
    status = HTTPStatus.BAD_REQUEST


class NotAuthenticatedError(NexusError):
    """Authentication is required. On your own machine, open the link printed by `nexus serve`."""

    code = "not_authenticated"
    status = HTTPStatus.UNAUTHORIZED


class MethodError(NexusError):
    """Method not allowed. The Allow header lists the methods of this address."""

    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED


class NotAcceptableError(NexusError):
    """No response matches the Accept header."""

    code = "not_acceptable"
    status = HTTPStatus.NOT_ACCEPTABLE


class TooLargeError(NexusError):
    """The body is too large."""

    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class MediaTypeError(NexusError):
    """Unsupported media type. Send application/json."""

    code = "unsupported_media_type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class PreconditionRequiredError(NexusError):
    """Send the ETag of the version you read in If-Match, so that no other change is overwritten."""

    code = "precondition_required"
    status = HTTPStatus.PRECONDITION_REQUIRED
