"""The errors of Nexus whose messages are written for users.

Each subclass has a `code` for programs, an HTTP `status`, and a docstring whose first paragraph is
the default message. Web pages, the API and the command line render the same object.
"""

from http import HTTPStatus

__all__ = [
    "ConflictError",
    "NexusError",
    "NotAllowedError",
    "NotFoundError",
    "ThrottledError",
    "UnavailableError",
]


class NexusError(Exception):
    """Something went wrong."""

    code = "error"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    constraints: tuple[str, ...] = ()
    """The names of the database constraints whose violation raises this error."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.default_message())

    @property
    def message(self) -> str:
        """The message for users: what happened and what to do."""
        return str(self.args[0])

    @classmethod
    def default_message(cls) -> str:
        """Return the first paragraph of the class's docstring as one line."""
        return " ".join((cls.__doc__ or "").partition("\n\n")[0].split())


class NotFoundError(NexusError):
    """Not found."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND


class NotAllowedError(NexusError):
    """You are not allowed to do this."""

    code = "not_allowed"
    status = HTTPStatus.FORBIDDEN


class ConflictError(NexusError):
    """The request conflicts with the current state."""

    code = "conflict"
    status = HTTPStatus.CONFLICT


class UnavailableError(NexusError):
    """A required component is missing or cannot be reached."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE


class ThrottledError(NexusError):
    """Too many requests. Try again after the number of seconds in Retry-After."""

    code = "throttled"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, *, retry_after_s: int = 1) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s
