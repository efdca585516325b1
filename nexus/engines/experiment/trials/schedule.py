"""The schedule of trials: blocks that run every variant once, in random order."""

import math
import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nexus.engines.experiment.document.verdicts import settled
from nexus.engines.experiment.measuring.session import ASK_GROWTH, LEVEL
from nexus.engines.experiment.model.errors import ExperimentError, LabError, VariantError
from nexus.engines.experiment.model.expectation import Never, Occurs, Rated
from nexus.engines.experiment.statistics.series import PairSeries
from nexus.engines.experiment.trials.workers import Attempt, Crew, Race

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nexus.engines.experiment.comparison.design import Trials
    from nexus.engines.experiment.measuring.session import Session

__all__ = ["TrialSample", "Tried", "run_trials"]


@dataclass(frozen=True, slots=True)
class TrialSample:
    """One trial: what the workers report and what `inspect` counted afterwards.

    `again` marks the second trial of a variant in its block, which is there for the control.
    """

    block: int
    trial: int
    variant: str
    again: bool
    counts: "Mapping[str, int]"
    attempts: tuple[Attempt, ...]
    duration_s: float
    throughput: float


@dataclass(slots=True)
class Tried:
    """What the trials have found; `series` by variant and opponent."""

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


def run_trials(lab: "Trials", session: "Session") -> Tried:
    """Run blocks until every claim about throughput is settled or the budget is spent.

    The session's bench must be open. Raise VariantError, LabError or Cancelled, and OracleError
    where the lab's `around` does.
    """
    with ExitStack() as around:
        shared: tuple[Any, ...] = ()
        if lab.surround is not None:
            session.watch.tell("preparing what the trials share", session.watch.left_s)
            shared = (_called("around", around.enter_context, _called("around", lab.surround)),)
        crew = around.enter_context(Crew(lab.workers, session.bench, session.watch.clock))
        schedule = _Blocks(lab, session, crew, shared)
        while not schedule.finished():
            schedule.block()
    return schedule.found


class _Blocks:
    """One run of a lab of trials."""

    def __init__(
        self, lab: "Trials", session: "Session", crew: Crew, shared: tuple[Any, ...]
    ) -> None:
        self.lab, self.session, self.crew, self.shared = lab, session, crew, shared
        self.form, self.watch = session.form, session.watch
        self.random = random.Random(session.seed)  # noqa: S311 - the design's coin, which must repeat
        self.claims = [claim for claim in lab.expectations if isinstance(claim, Rated)]
        pairs = {(claim.variant, claim.opponent(lab)): None for claim in self.claims}
        self.opponents = list({over: None for _, over in pairs})
        alpha = LEVEL / (len(pairs) + 1)
        series = {pair: PairSeries(alpha, session.seed) for pair in pairs}
        self.found = Tried(series, PairSeries(alpha, session.seed))
        self._next_question = session.form.blocks
        self.events = sorted({e.event for e in lab.expectations if isinstance(e, Never | Occurs)})

    def finished(self) -> bool:
        """Return whether no more blocks are wanted."""
        if self.watch.over:
            self.found.cut_short = self.found.blocks < self.form.blocks
            return True
        if self.found.blocks < self.form.blocks:
            return False
        if self.found.blocks >= self.form.most_blocks:
            return True
        if self.found.blocks < self._next_question:
            return False
        self._next_question = math.ceil(self.found.blocks * ASK_GROWTH)
        return self._decided()

    def _decided(self) -> bool:
        return all(self._settled(claim) for claim in self.claims)

    def _settled(self, claim: Rated) -> bool:
        series = self.found.series[claim.variant, claim.opponent(self.lab)]
        estimate = series.estimate(lambda ends: settled(claim, ends) is not None)
        return settled(claim, estimate.interval) is not None

    def block(self) -> None:
        """Run every variant once, and once more those that others are compared with."""
        found = self.found
        round_number = found.blocks // self.form.round_blocks + 1
        if found.blocks % self.form.round_blocks == 0:
            self.session.bench.settle()
            self.session.bench.open()
            self.crew.connect(self.watch.check)
        order = [(name, False) for name in self.lab.variants]
        order += [(name, True) for name in self.opponents]
        self.random.shuffle(order)
        speeds: dict[tuple[str, bool], float] = {}
        for name, again in order:
            trial = self._trial(name, again=again)
            speeds[name, again] = trial.throughput
        found.blocks += 1
        for (variant, over), series in found.series.items():
            series.add(speeds[variant, False], speeds[over, False], round_number)
        for over in self.opponents:
            found.control.add(speeds[over, True], speeds[over, False], round_number)
        self.session.feel()

    def _trial(self, name: str, *, again: bool) -> TrialSample:
        lab, found = self.lab, self.found
        variant = lab.variants[name]
        if lab.prepare_subject is None or lab.inspect_subject is None:
            raise LabError("A lab of trials needs @lab.prepare and @lab.inspect; add them.")
        self._tell(variant.label)
        subject = _called("prepare", lab.prepare_subject, *self.shared)
        race = Race(variant, subject, lab.trial_limit_s)
        self.crew.run(race, self.watch.check)
        attempts = tuple(race.attempts)
        if all(attempt.outcome == "unknown" for attempt in attempts):
            raise VariantError(
                f"Every attempt of {name} failed, the first with {attempts[0].error}; mend it and "
                "run again."
            )
        counts = self._counts(_called("inspect", lab.inspect_subject, race.subject))
        trial = TrialSample(
            block=found.blocks + 1,
            trial=len(found.trials) + 1,
            variant=name,
            again=again,
            counts=counts,
            attempts=attempts,
            duration_s=race.duration_s,
            throughput=race.throughput,
        )
        found.trials.append(trial)
        return trial

    def _counts(self, counted: object) -> dict[str, int]:
        if not isinstance(counted, dict) or not all(
            isinstance(value, int) and value >= 0 for value in counted.values()
        ):
            raise LabError(
                f"inspect returned {counted!r}; let it return a dictionary of counts, none of them "
                "negative."
            )
        for event in self.events:
            if event not in counted:
                raise LabError(
                    f'An expectation names the event "{event}", which inspect does not count; it '
                    f"counts {', '.join(counted) or 'nothing'}."
                )
        return {str(name): int(value) for name, value in counted.items()}

    def _tell(self, label: str) -> None:
        done = self.found.blocks
        most = self.form.most_blocks if self.claims else self.form.blocks
        left = (most - done) * (self.watch.elapsed_s / done) if done else self.watch.left_s
        step = f"trial {len(self.found.trials) + 1}: {label}, {self.lab.workers} workers at once"
        self.watch.tell(step, left)


def _called(name: str, function: "Callable[..., Any]", *arguments: object) -> Any:
    try:
        return function(*arguments)
    except ExperimentError:
        raise
    except Exception as error:
        raise VariantError(
            f"The lab's {name} failed: {type(error).__name__}: {error}; mend it and run again."
        ) from error
