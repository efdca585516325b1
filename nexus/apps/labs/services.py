"""Writes to runs. A run goes from queued to running to a final state, one function per step."""

import gzip
import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from nexus.apps.labs import queries
from nexus.apps.labs.errors import RunEndedError, RunNotAllowedError
from nexus.apps.labs.freshness import CODE
from nexus.apps.labs.models import Run, Samples
from nexus.apps.labs.permissions import may_cancel, may_run
from nexus.apps.labs.registry import find_lab
from nexus.apps.labs.states import RunForm, RunStatus
from nexus.core.audit.services import record

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor

__all__ = [
    "cancel_run",
    "end_cancelled",
    "fail_interrupted_runs",
    "fail_run",
    "finish_run",
    "note_progress",
    "request_run",
    "take_next_run",
]

INTERRUPTED = (
    "The process that executed this run stopped before it was complete. No result was saved. "
    "Run it again."
)


@transaction.atomic
def request_run(
    *,
    lab: str,
    by: "Actor",
    form: str = RunForm.FULL,
    seed: int | None = None,
) -> Run:
    """Queue a run of `lab`; without a `seed`, a random one is used.

    Raises `LabNotFoundError`, `BrokenLabError`, or `RunNotAllowedError`.
    """
    if not by.is_authenticated or not may_run(by):
        raise RunNotAllowedError
    run = Run.objects.create(
        lab=find_lab(lab).slug,
        form=RunForm(form),
        seed=secrets.randbelow(2**32) if seed is None else seed,
        requested_by=by,
    )
    record("run.requested", by=by, of=run, lab=run.lab, form=run.form)
    return run


@transaction.atomic
def cancel_run(*, run_id: UUID | str, by: "Actor") -> Run:
    """Cancel a run: immediately if it is queued, within about a second if it is running.

    Raises `RunNotFoundError`, `RunNotAllowedError`, or `RunEndedError`.
    """
    run = Run.objects.select_for_update().filter(pk=run_id).first() or queries.get_run(run_id)
    if not may_cancel(by, run):
        raise RunNotAllowedError(
            "Only the user who started a run, or an administrator, can cancel it."
        )
    if run.has_ended:
        raise RunEndedError
    run.cancel_requested_at = run.cancel_requested_at or Now()
    if run.status == RunStatus.QUEUED:
        run.status, run.ended_at = RunStatus.CANCELLED, Now()
    run.save(update_fields=["status", "cancel_requested_at", "ended_at"])
    record("run.cancelled", by=by, of=run, lab=run.lab)
    return queries.get_run(run_id)


@transaction.atomic
def take_next_run() -> Run | None:
    """Mark the next queued run as running and return it, or None if the queue is empty."""
    run = queries.next_queued()
    if run is None:
        return None
    run.status, run.started_at, run.step = RunStatus.RUNNING, Now(), "preparing"
    run.save(update_fields=["status", "started_at", "step"])
    return queries.get_run(run.pk)


def note_progress(*, run_id: UUID, step: str, done: float, remaining_s: float | None) -> bool:
    """Store a run's progress; return whether its cancellation was requested."""
    Run.objects.filter(pk=run_id, status=RunStatus.RUNNING).update(
        step=step[:300],
        done=min(max(done, 0.0), 1.0),
        remaining_s=remaining_s,
    )
    return Run.objects.filter(pk=run_id, cancel_requested_at__isnull=False).exists()


@transaction.atomic
def finish_run(*, run_id: UUID, document: dict[str, Any], samples: str) -> None:
    """Store a run's result and raw samples."""
    _end(
        run_id,
        RunStatus.DONE,
        verdict=document["verdict"],
        document=document,
        lab_code=document["environment"].get(CODE, ""),
        done=1.0,
    )
    if samples:
        Samples.objects.create(run_id=run_id, csv_gz=gzip.compress(samples.encode()))


def fail_run(*, run_id: UUID, error: str) -> None:
    """End a run as failed, with the error message."""
    _end(run_id, RunStatus.FAILED, error=error)


def end_cancelled(*, run_id: UUID) -> None:
    """End a run as cancelled, after its process has stopped."""
    _end(run_id, RunStatus.CANCELLED)


def fail_interrupted_runs() -> int:
    """End the runs whose runner is gone. The caller must hold the runner's lock."""
    runs = Run.objects.filter(status=RunStatus.RUNNING)
    return runs.update(status=RunStatus.FAILED, ended_at=Now(), error=INTERRUPTED, step="")


def _end(run_id: UUID, status: str, **fields: Any) -> None:
    Run.objects.filter(pk=run_id, status=RunStatus.RUNNING).update(
        status=status,
        ended_at=Now(),
        step="",
        remaining_s=None,
        **fields,
    )
