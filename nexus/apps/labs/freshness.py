"""Whether the verdict of a run still applies to the current code.

A verdict is stale when the page or the code of its lab has changed since the run, or when the run
ended more than 90 days ago.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from nexus.apps.labs.models import Run
    from nexus.apps.labs.registry import RegisteredLab
    from nexus.apps.library.models import Page

__all__ = ["CODE", "FRESH_FOR", "why_stale"]

FRESH_FOR = timedelta(days=90)
CODE = "lab code"
"""The name of the digest of the lab's code in a run's environment."""


def why_stale(run: "Run", registered: "RegisteredLab | None", page: "Page | None") -> str:
    """Return in a few words why the verdict of `run` is stale, or "" if it is not.

    `registered` and `page` are the run's lab and its page, None if this installation no longer has
    them.
    """
    if not run.verdict or run.started_at is None or run.ended_at is None:
        return ""
    if registered is None:
        return "its lab is gone"
    reasons = []
    if page is not None and page.changed_at > run.started_at:
        reasons.append("its page has changed since")
    if run.lab_code != registered.code_digest:
        reasons.append("its lab's code has changed since")
    if timezone.now() - run.ended_at > FRESH_FOR:
        reasons.append(f"it is older than {FRESH_FOR.days} days")
    return " and ".join(reasons)
