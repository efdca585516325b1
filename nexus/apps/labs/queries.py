"""Reads of labs, runs and verdicts, for pages, command line and API."""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from nexus.apps.labs.errors import RunNotFoundError
from nexus.apps.labs.models import Run, Samples
from nexus.apps.labs.states import RunStatus
from nexus.engines.experiment.document.json_form import upgrade

__all__ = [
    "RUNNER_LOCK",
    "Standing",
    "claim_standings",
    "count_queued_before",
    "count_runs",
    "find_runs",
    "get_document",
    "get_run",
    "latest_run",
    "list_ended",
    "list_runs",
    "next_queued",
    "runner_is_there",
    "samples_csv",
]


RUNNER_LOCK = 0x4E65787573  # "Nexus"
"""A PostgreSQL advisory lock: the process that holds it is the runner of that database."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The latest decision on a claim: the expectation, and the run that decided it."""

    expectation: dict[str, Any]
    run: Run


def get_run(run_id: UUID | str) -> Run:
    """Return one run. Raises `RunNotFoundError`."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise RunNotFoundError
    return run


def get_document(run_id: UUID | str) -> dict[str, Any]:
    """Return the JSON of a run's `nexus.run/1` document, in the format of this release.

    Raises `RunNotFoundError` if the run does not exist or has no document.
    """
    document: dict[str, Any] | None = get_run(run_id).document
    if document is None:
        raise RunNotFoundError("This run has no result. Only a run with a verdict has one.")
    return upgrade(document)


def latest_run(lab: str) -> Run | None:
    """Return the latest run of `lab` with a verdict, or None."""
    return Run.objects.filter(lab=lab, status=RunStatus.DONE).order_by("-ended_at").first()


def count_runs() -> dict[str, tuple[int, float]]:
    """Return the number of runs and their total seconds, by verdict or, without one, by status."""
    word = Case(When(verdict="", then=F("status")), default=F("verdict"))
    total = Sum(F("ended_at") - F("started_at"), default=timedelta(0))
    rows = Run.objects.order_by().values(word=word).annotate(number=Count("pk"), total=total)
    return {row["word"]: (row["number"], row["total"].total_seconds()) for row in rows}


def runner_is_there() -> bool:
    """Return whether a process is the runner of this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = %s AND objid = %s AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [RUNNER_LOCK >> 32, RUNNER_LOCK & 0xFFFFFFFF],
        )
        return bool(cursor.fetchone()[0])


def list_ended(*, limit: int) -> list[Run]:
    """Return the latest runs with a verdict, of all labs, without their documents."""
    done = Run.objects.filter(status=RunStatus.DONE).defer("document")
    return list(done.order_by("-ended_at")[:limit])


def list_runs(lab: str, *, limit: int = 20) -> list[Run]:
    """Return the latest runs of `lab`, newest first, without their documents."""
    return list(Run.objects.filter(lab=lab).defer("document").order_by("-requested_at")[:limit])


def find_runs(*, lab: str = "", status: str = "") -> QuerySet[Run]:
    """Return the runs, optionally of one lab or with one status."""
    runs = Run.objects.all()
    if lab:
        runs = runs.filter(lab=lab)
    return runs.filter(status=status) if status else runs


def next_queued() -> Run | None:
    """Return the next run in the queue, locked for the caller's transaction."""
    queue = Run.objects.select_for_update(skip_locked=True).filter(status=RunStatus.QUEUED)
    return queue.order_by("requested_at", "pk").first()


def count_queued_before(run: Run) -> int:
    """Return how many runs are ahead of this one; 0 unless it is queued."""
    if run.status != RunStatus.QUEUED:
        return 0
    earlier = Q(status=RunStatus.QUEUED, requested_at__lt=run.requested_at)
    return Run.objects.filter(earlier | Q(status=RunStatus.RUNNING)).exclude(pk=run.pk).count()


def claim_standings(labs: Iterable[str]) -> dict[str, Standing]:
    """Return the claims that the latest run of each of `labs` decided, by claim id."""
    runs = (
        Run.objects.filter(lab__in=list(labs), status=RunStatus.DONE)
        .order_by("lab", "-ended_at")
        .distinct("lab")
    )
    return {
        expectation["claim"]: Standing(expectation=expectation, run=run)
        for run in runs
        for expectation in (run.document or {}).get("expectations", ())
    }


def samples_csv(run: Run) -> str:
    """Return the raw samples of a run as CSV. Raises `RunNotFoundError` if it has none."""
    samples = Samples.objects.filter(run=run).first()
    if samples is None:
        raise RunNotFoundError("This run has no samples. Only a run with a verdict has them.")
    return gzip.decompress(bytes(samples.csv_gz)).decode()
