"""One run of one lab, from the check of the lab to the result."""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nexus.engines.experiment.document.json_form import write
from nexus.engines.experiment.document.run_document import Outcome, Pressure, RunDocument
from nexus.engines.experiment.document.samples import SampleTable
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.measuring.machine import (
    cpu_seconds,
    describe_machine,
    read_pressure,
    steal_share,
)
from nexus.engines.experiment.measuring.progress import Watch
from nexus.engines.experiment.measuring.session import Session
from nexus.engines.experiment.model.budgets import BUDGETS
from nexus.engines.experiment.model.lab import Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nexus.engines.experiment.measuring.progress import Clock, Progress
    from nexus.engines.experiment.model.bench import Bench
    from nexus.engines.experiment.model.budgets import FormName
    from nexus.engines.experiment.model.lab import Lab

__all__ = ["Result", "run", "unavailable"]

SEED_BITS = 32


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one lab: its document and its raw samples."""

    document: RunDocument
    samples: SampleTable

    @property
    def verdict(self) -> Verdict:
        """The verdict on what the lab's page teaches."""
        return self.document.verdict

    @property
    def as_declared(self) -> bool:
        """Whether every verdict is the one that the lab's author declared."""
        return self.document.as_declared

    @property
    def expectations(self) -> tuple[Outcome, ...]:
        """The outcome of every expectation, in the lab's order."""
        return self.document.expectations

    def to_document(self) -> dict[str, Any]:
        """Return the document as one object of JSON's own types."""
        return write(self.document)

    def samples_csv(self) -> str:
        """Return the raw samples as CSV text."""
        return self.samples.to_csv()


def run(  # noqa: PLR0913 -- each is a keyword that a caller reads by its name
    lab: "Lab",
    bench: "Bench",
    *,
    slug: str,
    form: "FormName" = "full",
    seed: int | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    cancelled: "Callable[[], bool] | None" = None,
    clock: "Clock" = time.perf_counter,
    packages: "Mapping[str, str] | None" = None,
    pressure: "Callable[[], float | None]" = read_pressure,
) -> Result:
    """Run `lab` on `bench` and return the result.

    `packages` names versions that belong to the environment; `pressure` reads the CPU pressure,
    0 to 1. Both `progress` and `cancelled` are called several times a second, from the calling
    thread, between units of work.

    Raises `LabError` for a lab that cannot be run, `OracleError` where the variants disagree,
    `VariantError` where one fails, and `Cancelled` when `cancelled` returns true.
    """
    lab.check()
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    budget = BUDGETS[form]
    watch = Watch(clock, budget.limit_s, progress, cancelled)
    started_at = datetime.now(UTC)
    start, cpu_start = pressure(), cpu_seconds()
    bench.open()
    try:
        environment = describe_machine({**(packages or {}), **bench.describe()})
        findings = lab.measure(Session(bench, budget, seed, watch, pressure))
    finally:
        bench.close()
    watch.report("done", 0, at_once=True)
    environment["steal"] = round(steal_share(cpu_start, cpu_seconds()), 4)
    document = RunDocument(
        lab=slug,
        title=lab.title,
        form=form,
        pressure=Pressure(start=start, end=pressure(), extended=findings.extended),
        seed=seed,
        environment=environment,
        started_at=started_at.isoformat(timespec="seconds"),
        duration_s=round(watch.elapsed_s, 3),
        samples=None,
        parts=(lab.part(findings),),
    )
    return Result(document, findings.samples)


def unavailable(lab: "Lab", *, slug: str, form: "FormName", seed: int, reason: str) -> Result:
    """Return the result of a run that could not begin: every claim is unavailable.

    `reason` says what is missing and how to get it.
    """
    outcomes = tuple(
        Outcome(
            claim=expectation.claim,
            kind="",
            verdict=Verdict.UNAVAILABLE,
            declared=expectation.declared,
            variant=expectation.variant,
            against=None,
            measure="",
            value=None,
            interval=None,
            bar=None,
            unit="",
            sentence="",
            reason=reason,
            cases=(),
        )
        for expectation in lab.expectations
    )
    samples = SampleTable((), [])
    pressure = read_pressure()
    document = RunDocument(
        lab=slug,
        title=lab.title,
        form=form,
        pressure=Pressure(start=pressure, end=pressure, extended=False),
        seed=seed,
        environment=describe_machine({}),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_s=0.0,
        samples=None,
        parts=(lab.part(Findings(outcomes, {}, None, None, samples, extended=False)),),
    )
    return Result(document, samples)
