"""The schedule of trials: blocks that run every variant once, in random order."""

import math
import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nexus.engines.experiment.measuring.session import LEVEL, LOOK_GROWTH
from nexus.engines.experiment.model.errors import ExperimentError, LabError, VariantError
from nexus.engines.experiment.model.expectation import RatioExpectation
from nexus.engines.experiment.statistics.series import PairSeries
from nexus.engines.experiment.trials.expectations import Never, Occurs
from nexus.engines.experiment.trials.workers import Trial, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nexus.engines.experiment.measuring.session import Session
    from nexus.engines.experiment.trials.design import Trials
    from nexus.engines.experiment.trials.workers import Attempt

__all__ = ["TrialSample", "TrialsRecord", "run_trials"]


@dataclass(frozen=True, slots=True)
class TrialSample:
    """One trial: what the workers report and what `inspect` counted afterwards.

    `again` marks the second trial of a variant in its block, which the control needs.
    """

    block: int
    trial: int
    variant: str
    again: bool
    counts: "Mapping[str, int]"
    attempts: tuple["Attempt", ...]
    duration_s: float
    throughput: float


@dataclass(slots=True)
class TrialsRecord:
    """What the trials have measured so far; `series` by variant and opponent."""

    series: dict[tuple[str, str], PairSeries]
    control: PairSeries
    trials: list[TrialSample] = field(default_factory=list)
    blocks: int = 0
    cut_short: bool = False

    def of(self, variant: str) -> list[TrialSample]:
        """Return all trials of one variant."""
        return [trial for trial in self.trials if trial.variant == variant]

    def happened(self, variant: str, event: str) -> int:
        """Return in how many trials of `variant` the event happened."""
        return sum(trial.counts[event] > 0 for trial in self.of(variant))


def run_trials(lab: "Trials", session: "Session") -> TrialsRecord:
    """Run blocks until every claim about throughput is settled or the budget is spent.

    The session's bench must be open. Raises `VariantError`, `LabError` or `Cancelled`, and
    `OracleError` where the lab's `around` does.
    """
    with ExitStack() as around:
        shared: tuple[Any, ...] = ()
        if lab.surround is not None:
            session.watch.report("preparing what the trials share", session.watch.left_s)
            shared = (_call("around", around.enter_context, _call("around", lab.surround)),)
        workers = around.enter_context(WorkerPool(lab.workers, session.bench, session.watch.clock))
        schedule = _Blocks(lab, session, workers, shared)
        while not schedule.finished():
            schedule.block()
    return schedule.record


class _Blocks:
    """One run of a lab of trials."""

    def __init__(
        self, lab: "Trials", session: "Session", workers: WorkerPool, shared: tuple[Any, ...]
    ) -> None:
        self.lab, self.session, self.workers, self.shared = lab, session, workers, shared
        self.budget, self.watch = session.budget, session.watch
        self.random = random.Random(session.seed)  # noqa: S311 -- the design's coin, which must repeat
        self.claims = [claim for claim in lab.expectations if isinstance(claim, RatioExpectation)]
        pairs = {(claim.variant, claim.opponent(lab)): None for claim in self.claims}
        self.opponents = list({over: None for _, over in pairs})
        alpha = LEVEL / (len(pairs) + 1)
        series = {pair: PairSeries(alpha, session.seed) for pair in pairs}
        self.record = TrialsRecord(series, PairSeries(alpha, session.seed))
        self._next_look = session.budget.blocks
        self.events = sorted({e.event for e in lab.expectations if isinstance(e, Never | Occurs)})

    def finished(self) -> bool:
        """Return whether no more blocks are needed."""
        if self.watch.over:
            self.record.cut_short = self.record.blocks < self.budget.blocks
            return True
        if self.record.blocks < self.budget.blocks:
            return False
        if self.record.blocks >= self.budget.max_blocks:
            return True
        if self.record.blocks < self._next_look:
            return False
        self._next_look = math.ceil(self.record.blocks * LOOK_GROWTH)
        return self._decided()

    def _decided(self) -> bool:
        return all(self._is_decided(claim) for claim in self.claims)

    def _is_decided(self, claim: RatioExpectation) -> bool:
        series = self.record.series[claim.variant, claim.opponent(self.lab)]
        estimate = series.estimate(lambda interval: claim.decide(interval) is not None)
        return claim.decide(estimate.interval) is not None

    def block(self) -> None:
        """Run every variant once, and those that others are compared with once more."""
        record = self.record
        round_number = record.blocks // self.budget.round_blocks + 1
        if record.blocks % self.budget.round_blocks == 0:
            self.session.bench.settle()
            self.session.bench.open()
            self.workers.connect(self.watch.check)
        order = [(name, False) for name in self.lab.variants]
        order += [(name, True) for name in self.opponents]
        self.random.shuffle(order)
        speeds: dict[tuple[str, bool], float] = {}
        for name, again in order:
            sample = self._trial(name, again=again)
            speeds[name, again] = sample.throughput
        record.blocks += 1
        for (variant, over), series in record.series.items():
            series.add(speeds[variant, False], speeds[over, False], round_number)
        for over in self.opponents:
            record.control.add(speeds[over, True], speeds[over, False], round_number)
        self.session.sample_pressure()

    def _trial(self, name: str, *, again: bool) -> TrialSample:
        lab, record = self.lab, self.record
        variant = lab.variants[name]
        if lab.prepare_subject is None or lab.inspect_subject is None:
            raise LabError("A lab of trials needs @lab.prepare and @lab.inspect; add them.")
        self._report(variant.label)
        subject = _call("prepare", lab.prepare_subject, *self.shared)
        trial = Trial(variant, subject, lab.trial_limit_s)
        self.workers.run(trial, self.watch.check)
        attempts = tuple(trial.attempts)
        if all(attempt.outcome == "unknown" for attempt in attempts):
            raise VariantError(
                f"Every attempt of {name} failed, the first with {attempts[0].error}; fix it and "
                "run again."
            )
        counts = self._counts(_call("inspect", lab.inspect_subject, trial.subject))
        sample = TrialSample(
            block=record.blocks + 1,
            trial=len(record.trials) + 1,
            variant=name,
            again=again,
            counts=counts,
            attempts=attempts,
            duration_s=trial.duration_s,
            throughput=trial.throughput,
        )
        record.trials.append(sample)
        return sample

    def _counts(self, answer: object) -> dict[str, int]:
        if not isinstance(answer, dict) or not all(
            isinstance(value, int) and value >= 0 for value in answer.values()
        ):
            raise LabError(
                f"inspect returned {answer!r}; let it return a dictionary of counts, none of them "
                "negative."
            )
        for event in self.events:
            if event not in answer:
                raise LabError(
                    f'An expectation names the event "{event}", which inspect does not count; it '
                    f"counts {', '.join(answer) or 'nothing'}."
                )
        return {str(name): int(value) for name, value in answer.items()}

    def _report(self, label: str) -> None:
        blocks = self.record.blocks
        last = self.budget.max_blocks if self.claims else self.budget.blocks
        left = (last - blocks) * (self.watch.elapsed_s / blocks) if blocks else self.watch.left_s
        step = f"trial {len(self.record.trials) + 1}: {label}, {self.lab.workers} workers at once"
        self.watch.report(step, left)


def _call(name: str, function: "Callable[..., Any]", *arguments: object) -> Any:
    try:
        return function(*arguments)
    except ExperimentError:
        raise
    except Exception as error:
        raise VariantError(
            f"The lab's {name} failed: {type(error).__name__}: {error}; fix it and run again."
        ) from error
