"""A run as templates show it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.urls import reverse

from nexus.apps.labs import queries
from nexus.apps.labs.states import RunForm

if TYPE_CHECKING:
    from nexus.apps.labs.models import Run
    from nexus.apps.library.models import Claim

__all__ = ["LabLink", "RunView"]


@dataclass(frozen=True, kw_only=True)
class LabLink:
    """A lab to go to."""

    slug: str
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run as templates show it. `stale` says why its verdict is stale, empty where it is not."""

    run: "Run"
    lab: LabLink
    may_cancel: bool
    claims: dict[str, "Claim"]
    stale: str

    @property
    def id(self) -> UUID:
        """The run's own id."""
        return self.run.pk

    @property
    def name(self) -> str:
        """The beginning of the id, by which people tell runs apart."""
        return str(self.run.pk)[:8]

    @property
    def status(self) -> str:
        """Where the run stands."""
        return self.run.status

    @property
    def form(self) -> str:
        """Whether it is a quick run or a full one."""
        return self.run.form

    @property
    def seed(self) -> int:
        """What its draws come from."""
        return self.run.seed

    @property
    def step(self) -> str:
        """What is being done now."""
        return self.run.step

    @property
    def done(self) -> float:
        """How far it is, from 0 to 1."""
        return self.run.done

    @property
    def remaining_s(self) -> float | None:
        """The seconds that it can still take, where they are known."""
        return self.run.remaining_s

    @property
    def error(self) -> str:
        """Why it failed."""
        return self.run.error

    @property
    def verdict(self) -> str:
        """The verdict, empty where there is none."""
        return self.run.verdict

    @property
    def document(self) -> dict[str, Any]:
        """The `nexus.run/1` document, empty where there is none."""
        return self.run.document or {}

    @property
    def lasted_s(self) -> float | None:
        """How many seconds it took with all its preparations, once it has ended."""
        if self.run.started_at is None or self.run.ended_at is None:
            return None
        return (self.run.ended_at - self.run.started_at).total_seconds()

    @property
    def age(self) -> str:
        """How long ago it ended, in words."""
        return str(naturaltime(self.run.ended_at or self.run.requested_at))

    @property
    def machine(self) -> str:
        """The machine in one line."""
        return self.run.machine

    @property
    def url(self) -> str:
        """The run's own page."""
        return reverse("runs:detail", args=[self.run.pk])

    @property
    def samples_url(self) -> str:
        """The raw samples as CSV."""
        return reverse("runs:samples", args=[self.run.pk])

    @property
    def json_url(self) -> str:
        """The whole result."""
        return reverse("runs:document", args=[self.run.pk])

    @property
    def command(self) -> str:
        """The command that repeats this run."""
        form = " --quick" if self.run.form == RunForm.QUICK else ""
        return f"nexus run {self.run.lab}{form} --seed {self.run.seed}"

    @cached_property
    def position_in_queue(self) -> int:
        """How many runs come before this one."""
        return queries.count_queued_before(self.run)
