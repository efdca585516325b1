"""Runs of labs, their results and their raw samples."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from nexus.apps.labs.states import ENDED, RunForm, RunStatus
from nexus.engines.experiment.document.json_form import read
from nexus.engines.experiment.document.run_document import RunDocument

__all__ = ["Run", "Samples"]


class Run(models.Model):
    """One execution of a lab, from its request on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lab = models.CharField(max_length=80, db_collation="C")
    form = models.CharField(max_length=8, choices=RunForm)
    seed = models.BigIntegerField()
    status = models.CharField(max_length=12, choices=RunStatus, default=RunStatus.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="runs",
    )
    requested_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    step = models.CharField(max_length=300, blank=True)
    done = models.FloatField(default=0)
    remaining_s = models.FloatField(null=True)

    verdict = models.CharField(max_length=12, blank=True)
    # The complete `nexus.run/1` document.
    document = models.JSONField(null=True)
    # `RegisteredLab.code_digest` at the time of the run; only for a run with a result.
    lab_code = models.CharField(max_length=16, blank=True, db_default="")
    error = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            # One run at a time: concurrent runs would disturb each other's measurements.
            models.UniqueConstraint(
                fields=["status"],
                condition=models.Q(status="running"),
                name="labs_run_one_running",
            ),
            models.CheckConstraint(
                condition=models.Q(done__gte=0, done__lte=1),
                name="labs_run_done_is_a_share",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="done") | models.Q(document__isnull=False),
                name="labs_run_done_has_document",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lab", "-ended_at"], name="labs_run_by_lab"),
            models.Index(
                fields=["requested_at"],
                condition=models.Q(status="queued"),
                name="labs_run_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lab} {self.id}"

    @property
    def has_ended(self) -> bool:
        """Whether this run is in a final state."""
        return self.status in ENDED

    @property
    def result(self) -> RunDocument | None:
        """The typed document, of this or an earlier release; None if the run has none."""
        return read(self.document) if self.document else None

    @property
    def machine(self) -> str:
        """The machine of a run with a result, in one line; otherwise empty."""
        environment = (self.document or {}).get("environment")
        if not environment:
            return ""
        memory_gb = round(environment["memory_mb"] / 1024)
        return (
            f"{environment['cpu']}, {environment['cores']} cores, {memory_gb} GB, "
            f"{environment['kernel']}"
        )


class Samples(models.Model):
    """The raw samples of a run: CSV, gzipped."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True)
    csv_gz = models.BinaryField()

    def __str__(self) -> str:
        return f"samples of {self.run_id}"
