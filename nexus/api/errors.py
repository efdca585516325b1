"""What can be wrong with a request before any app has seen it."""

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
    """One fault and where it is: a JSON pointer into the body, or the name of a parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class InvalidInputError(NexusError):
    """Some of what was sent does not fit: each fault is listed with its place."""

    code = "invalid_input"
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, faults: Sequence[InputFault], message: str = "") -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class UnreadableError(NexusError):
    """The body cannot be read: send a JSON object, and say so in Content-Type."""

    code = "unreadable"
    status = HTTPStatus.BAD_REQUEST


class NotAuthenticatedError(NexusError):
    """This needs a signed-in user: on your own machine, open the link of `nexus serve`."""

    code = "not_authenticated"
    status = HTTPStatus.UNAUTHORIZED


class MethodError(NexusError):
    """This address does not know that method: the header Allow lists those it knows."""

    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED


class NotAcceptableError(NexusError):
    """This address has no answer of the type that the header Accept asks for."""

    code = "not_acceptable"
    status = HTTPStatus.NOT_ACCEPTABLE


class TooLargeError(NexusError):
    """The body is larger than this server reads."""

    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class MediaTypeError(NexusError):
    """The body is of a type that this address does not read: send application/json."""

    code = "unsupported_media_type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class PreconditionRequiredError(NexusError):
    """Send the ETag of what you read as If-Match, so that nobody's change is lost."""

    code = "precondition_required"
    status = HTTPStatus.PRECONDITION_REQUIRED
