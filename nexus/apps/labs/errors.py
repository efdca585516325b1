"""What can go wrong with labs and runs."""

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
    """There is no such lab: `nexus labs` and /labs/ list those there are."""

    code = "lab_not_found"


class BrokenLabError(NexusError):
    """This lab's file has a fault."""

    code = "lab_broken"


class RunNotFoundError(NotFoundError):
    """There is no such run: it may have been made on another machine."""

    code = "run_not_found"


class RunNotAllowedError(NotAllowedError):
    """Labs are run by the owner: open the sign-in link that `nexus serve` printed at its start."""

    code = "run_not_allowed"


class RunEndedError(ConflictError):
    """This run has ended already, so there is nothing to cancel."""

    code = "run_ended"


class RunFailedError(NexusError):
    """The run could not be carried out."""

    code = "run_failed"
