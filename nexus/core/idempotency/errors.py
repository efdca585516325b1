"""Errors of idempotency keys."""

from http import HTTPStatus

from nexus.core.errors import ConflictError, NexusError

__all__ = ["KeyInvalidError", "KeyRequiredError", "KeyReusedError", "StillRunningError"]


class KeyRequiredError(NexusError):
    """An Idempotency-Key is required. Send one of your own, and the same one when you retry."""

    code = "idempotency_key_required"
    status = HTTPStatus.BAD_REQUEST


class KeyInvalidError(NexusError):
    """Invalid Idempotency-Key. Use 8 to 128 characters in double quotes, such as a UUID."""

    code = "idempotency_key_invalid"
    status = HTTPStatus.BAD_REQUEST


class KeyReusedError(NexusError):
    """This Idempotency-Key was used with a different request. Use a new key."""

    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class StillRunningError(ConflictError):
    """A request with this Idempotency-Key is still in progress. Retry in a moment."""

    code = "idempotency_running"
