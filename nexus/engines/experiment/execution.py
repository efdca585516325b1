"""One run of one lab, from the check of the lab to the result."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nexus.engines.experiment.comparison.design import Comparison, Growth, Trials
from nexus.engines.experiment.comparison.judge import judge_comparison
from nexus.engines.experiment.comparison.schedule import compare
from nexus.engines.experiment.comparison.streams import UnitSample
from nexus.engines.experiment.comparison.summary import (
    summarise_comparison,
    summarise_growth,
    summarise_trials,
)
from nexus.engines.experiment.document.run_document import (
    Control,
    Outcome,
    Pressure,
    Result,
    SampleTable,
)
from nexus.engines.experiment.growth.judge import judge_growth
from nexus.engines.experiment.growth.schedule import grow
from nexus.engines.experiment.measuring.machine import (
    cpu_seconds,
    describe_machine,
    read_pressure,
    steal_share,
)
from nexus.engines.experiment.measuring.progress import Clock, Progress, Watch
from nexus.engines.experiment.measuring.session import Session
from nexus.engines.experiment.model.budgets import FORMS, FormName
from nexus.engines.experiment.model.errors import LabError
from nexus.engines.experiment.model.lab import Lab
from nexus.engines.experiment.statistics.ratios import control_of
from nexus.engines.experiment.trials.judge import judge_trials
from nexus.engines.experiment.trials.schedule import run_trials

if TYPE_CHECKING:
    from nexus.engines.experiment.model.bench import Bench
    from nexus.engines.experiment.trials.schedule import Tried

__all__ = ["run"]

SEED_BITS = 32

TRIAL_COLUMNS = (
    "block", "trial", "variant", "again", "worker", "attempt", "start_s", "end_s", "outcome",
    "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Findings:
    """What every design gives to a result."""

    outcomes: tuple[Outcome, ...]
    variants: Mapping[str, Mapping[str, object]]
    control: Control | None
    samples: SampleTable
    extended: bool


def run(  # noqa: PLR0913 - each is a keyword that a caller reads by its name
    lab: Lab,
    bench: "Bench",
    *,
    slug: str,
    form: FormName = "full",
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    clock: Clock = time.perf_counter,
    packages: Mapping[str, str] | None = None,
    pressure: Callable[[], float | None] = read_pressure,
) -> Result:
    """Run `lab` on `bench` and return what it says.

    `packages` names versions that belong to the environment; `pressure` reads the CPU pressure,
    0 to 1. Both `progress` and `cancelled` are called several times a second, from the calling
    thread, between units of work.

    Raise LabError for a lab that cannot be run, OracleError where the variants disagree,
    VariantError where one fails, and Cancelled when `cancelled` returns true.
    """
    lab.check()
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    limits = FORMS[form]
    watch = Watch(clock, limits.limit_s, progress, cancelled)
    started_at = datetime.now(UTC)
    start, cpu_start = pressure(), cpu_seconds()
    bench.open()
    try:
        environment = describe_machine({**(packages or {}), **bench.describe()})
        found = _measure(lab, Session(bench, limits, seed, watch, pressure))
    finally:
        bench.close()
    watch.tell("done", 0, at_once=True)
    environment["steal"] = round(steal_share(cpu_start, cpu_seconds()), 4)
    return Result(
        lab=slug,
        title=lab.title,
        design=lab.design,
        form=form,
        expectations=found.outcomes,
        variants=found.variants,
        labels={name: variant.label for name, variant in lab.variants.items()},
        baseline=lab.baseline.name,
        cases=tuple(lab.case_list),
        control=found.control,
        pressure=Pressure(start, pressure(), found.extended),
        seed=seed,
        environment=environment,
        started_at=started_at.isoformat(timespec="seconds"),
        duration_s=round(watch.elapsed_s, 3),
        samples=found.samples,
    )


def _measure(lab: Lab, session: Session) -> _Findings:
    if isinstance(lab, Growth):
        grown = grow(lab, session)
        return _Findings(
            outcomes=judge_growth(lab, session, grown),
            variants=summarise_growth(lab, grown),
            control=control_of(grown.control.estimate()),
            samples=SampleTable(UnitSample._fields, grown.samples),
            extended=grown.extended,
        )
    if isinstance(lab, Comparison):
        compared = compare(lab, session)
        control = compared.control.estimate()
        return _Findings(
            outcomes=judge_comparison(lab, session, compared, control),
            variants=summarise_comparison(lab, compared),
            control=control_of(control),
            samples=SampleTable(UnitSample._fields, compared.samples),
            extended=compared.extended,
        )
    if isinstance(lab, Trials):
        tried = run_trials(lab, session)
        control = tried.control.estimate()
        return _Findings(
            outcomes=judge_trials(lab, session, tried, control),
            variants=summarise_trials(lab, tried),
            control=control_of(control),
            samples=_trial_samples(tried),
            extended=False,
        )
    raise LabError(
        f"{type(lab).__name__} is no design that can be run; write a Comparison, Growth or Trials."
    )


def _trial_samples(found: "Tried") -> SampleTable:
    """Return one row for each attempt, followed by what `inspect` counted in its trial."""
    counted = tuple(found.trials[0].counts) if found.trials else ()
    rows = [
        (
            trial.block,
            trial.trial,
            trial.variant,
            trial.again,
            *attempt,
            *(trial.counts.get(name, 0) for name in counted),
        )
        for trial in found.trials
        for attempt in trial.attempts
    ]
    return SampleTable((*TRIAL_COLUMNS, *counted), rows)
