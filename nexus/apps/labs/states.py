"""The states and forms of a run."""

from django.db.models import TextChoices

__all__ = ["ENDED", "RunForm", "RunStatus"]


class RunStatus(TextChoices):
    """Where a run stands. The last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (RunStatus.DONE, RunStatus.FAILED, RunStatus.CANCELLED)


class RunForm(TextChoices):
    """How long a run may take for its certainty."""

    QUICK = "quick"
    FULL = "full"
