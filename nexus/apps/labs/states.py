"""The states and forms of a run."""

from django.db.models import TextChoices

__all__ = ["ENDED", "RunForm", "RunStatus"]


class RunStatus(TextChoices):
    """The state of a run. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (RunStatus.DONE, RunStatus.FAILED, RunStatus.CANCELLED)


class RunForm(TextChoices):
    """How thorough a run is: quick runs take less time and are less certain."""

    QUICK = "quick"
    FULL = "full"
