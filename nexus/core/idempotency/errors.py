"""What can be wrong with the key of a request."""

from http import HTTPStatus

from nexus.core.errors import ConflictError, NexusError

__all__ = ["KeyInvalidError", "KeyRequiredError", "KeyReusedError", "StillRunningError"]


class KeyRequiredError(NexusError):
    """Send a key of your own as Idempotency-Key, and the same one again if you must repeat this."""

    code = "idempotency_key_required"
    status = HTTPStatus.BAD_REQUEST


class KeyInvalidError(NexusError):
    """An Idempotency-Key is a text of 8 to 128 signs in double quotes, such as a UUID."""

    code = "idempotency_key_invalid"
    status = HTTPStatus.BAD_REQUEST


class KeyReusedError(NexusError):
    """This Idempotency-Key came with another request before: make a new key for a new request."""

    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class StillRunningError(ConflictError):
    """A request with this Idempotency-Key is still being worked on: repeat it in a moment."""

    code = "idempotency_running"
