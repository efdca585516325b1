"""Errors of labs and runs."""

from nexus.core.errors import ConflictError, NexusError, NotAllowedError, NotFoundError

__all__ = [
    "BrokenLabError",
    "LabNotFoundError",
    "RunEndedError",
    "RunFailedError",
    "RunNotAllowedError",
    "RunNotFoundError",
]


class LabNotFoundError(NotFoundError):
    """No such lab. `nexus labs` and /labs/ list all labs."""

    code = "lab_not_found"


class BrokenLabError(NexusError):
    """The lab's file has an error."""

    code = "lab_broken"


class RunNotFoundError(NotFoundError):
    """No such run. It may exist only on another machine."""

    code = "run_not_found"


class RunNotAllowedError(NotAllowedError):
    """Only the owner can run labs. Open the sign-in link printed by `nexus serve`."""

    code = "run_not_allowed"


class RunEndedError(ConflictError):
    """The run has already ended and cannot be cancelled."""

    code = "run_ended"


class RunFailedError(NexusError):
    """The run failed."""

    code = "run_failed"
