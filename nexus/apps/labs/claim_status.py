"""The status of every claim: reported, not yet run, or decided, and by which run."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nexus.apps.labs import queries
from nexus.apps.labs.freshness import why_stale
from nexus.apps.labs.registry import RegisteredLab, all_labs, find_lab
from nexus.apps.library import queries as library_queries
from nexus.apps.library.errors import ClaimNotFoundError
from nexus.engines.experiment import Verdict

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from nexus.apps.labs.models import Run
    from nexus.apps.library.models import Claim, Page
    from nexus.engines.experiment import Lab, Needs, Variant

__all__ = ["NOT_RUN", "REPORTED", "STATES", "ClaimStanding", "Figure", "LabStanding", "Standings"]

REPORTED, NOT_RUN = "reported", "not_run"
STATES = (*(str(verdict) for verdict in Verdict), NOT_RUN, REPORTED)
"""The states of a claim: a verdict, `not_run` if a lab can decide it, otherwise `reported`."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value in `unit`s, its confidence interval, and the claim's bar."""

    value: float
    interval: list[float] | None
    bar: float | None
    unit: str


@dataclass(frozen=True, kw_only=True)
class ClaimStanding:
    """A claim and its status; `expectation` comes from the run's document."""

    claim: "Claim"
    lab: RegisteredLab | None
    expectation: dict[str, Any] | None
    run: "Run | None"

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.expectation is not None:
            return str(self.expectation["verdict"])
        return NOT_RUN if self.lab else REPORTED

    @property
    def declared(self) -> str | None:
        """The verdict that the author of the deciding lab expects."""
        expectations = self.lab.lab.expectations if self.lab else []
        return next((e.declared for e in expectations if e.claim == self.claim.id), None)

    @property
    def effect(self) -> str | None:
        """The result as a sentence."""
        sentence: str | None = self._decided("sentence")
        return sentence

    @property
    def value(self) -> float | None:
        """The measured value, in `unit`s."""
        value: float | None = self._decided("value")
        return value

    @property
    def interval(self) -> list[float | None] | None:
        """The confidence interval of the value; an end may be open."""
        interval: list[float | None] | None = self._decided("interval")
        return interval

    @property
    def bar(self) -> float | None:
        """The bar that the claim sets for the value."""
        bar: float | None = self._decided("bar")
        return bar

    @property
    def unit(self) -> str | None:
        """The unit of the value."""
        unit: str | None = self._decided("unit")
        return unit

    @property
    def figure(self) -> Figure | None:
        """The measured value with interval, bar and unit, or None if nothing was measured."""
        if self.value is None or self.unit is None:
            return None
        # An infinite end means that the document has no interval.
        return Figure(self.value, self._decided("interval"), self.bar, self.unit)

    @property
    def lab_slug(self) -> str | None:
        """The lab that decides it."""
        return self.lab.slug if self.lab else None

    @property
    def run_id(self) -> "UUID | None":
        """The run that decided it last."""
        return self.run.pk if self.run else None

    @property
    def machine(self) -> str | None:
        """The machine of that run, in one line."""
        return self.run.machine if self.run else None

    @property
    def decided_at(self) -> "datetime | None":
        """When that run ended."""
        return self.run.ended_at if self.run else None

    @property
    def stale(self) -> str | None:
        """Why the verdict is stale, in a few words, or None if it is not."""
        if self.run is None:
            return None
        return why_stale(self.run, self.lab, self.claim.page) or None

    def _decided(self, name: str) -> Any:
        return self.expectation[name] if self.expectation else None

    @property
    def key(self) -> tuple[int, int]:
        """The sort key: the position of the claim in the library."""
        return self.claim.page.position, self.claim.position


@dataclass(frozen=True, kw_only=True)
class LabStanding:
    """A lab, its page, and its latest run with a verdict."""

    registered: RegisteredLab
    page: "Page | None"
    latest_run: "Run | None"

    @property
    def slug(self) -> str:
        """The lab's name."""
        return self.registered.slug

    @property
    def lab(self) -> "Lab":
        """The experiment itself."""
        return self.registered.lab

    @property
    def title(self) -> str:
        """What it measures."""
        return self.lab.title

    @property
    def design(self) -> str:
        """How it measures."""
        return self.lab.design

    @property
    def needs(self) -> "Needs":
        """What it needs from the machine."""
        return self.lab.needs

    @property
    def variants(self) -> "list[Variant]":
        """The variants it compares."""
        return list(self.lab.variants.values())

    @property
    def claims(self) -> list[str]:
        """The ids of the claims that the lab decides."""
        return [expectation.claim for expectation in self.lab.expectations]


class Standings:
    """Every claim with its status, read once: two queries for any number of claims."""

    @cached_property
    def labs(self) -> dict[str, RegisteredLab]:
        """Every lab by slug."""
        return {lab.slug: lab for lab in all_labs()}

    @cached_property
    def claims(self) -> dict[str, ClaimStanding]:
        """Every claim by id, in the order of the library."""
        deciding = {
            expectation.claim: lab
            for lab in self.labs.values()
            for expectation in lab.lab.expectations
        }
        decided = queries.claim_standings(self.labs)
        return {
            claim.id: ClaimStanding(
                claim=claim,
                lab=deciding.get(claim.id),
                expectation=decided[claim.id].expectation if claim.id in decided else None,
                run=decided[claim.id].run if claim.id in decided else None,
            )
            for claim in library_queries.list_claims().values()
        }

    def claim(self, claim_id: str) -> ClaimStanding:
        """Return one claim, also by a former id. Raises `ClaimNotFoundError`."""
        current = (
            claim_id if claim_id in self.claims else library_queries.current_claim_id(claim_id)
        )
        if current not in self.claims:
            raise ClaimNotFoundError
        return self.claims[current]

    def lab(self, slug: str) -> LabStanding:
        """Return one lab. Raises `LabNotFoundError`."""
        return self._lab(find_lab(slug))

    def lab_standings(self) -> list[LabStanding]:
        """Return every lab, by slug."""
        return [self._lab(registered) for registered in self.labs.values()]

    def _lab(self, registered: RegisteredLab) -> LabStanding:
        page = self.pages.get(registered.page_key)
        latest = self.latest_runs.get(registered.slug)
        return LabStanding(registered=registered, page=page, latest_run=latest)

    @cached_property
    def pages(self) -> "dict[str, Page]":
        """Every page by `kind/slug`, without bodies."""
        return library_queries.pages_by_key()

    @cached_property
    def latest_runs(self) -> "dict[str, Run]":
        """The latest run of each lab with a verdict."""
        runs = (standing.run for standing in self.claims.values())
        return {run.lab: run for run in runs if run is not None}
