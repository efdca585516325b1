"""The schedule of a lab of growth: rounds of passes, each over all sizes in random order."""

import gc
import math
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from nexus.engines.experiment.growth.expectations import Exponent
from nexus.engines.experiment.measuring.counting import count_exactly
from nexus.engines.experiment.measuring.oracle import ask_oracles
from nexus.engines.experiment.measuring.session import LEVEL, LOOK_GROWTH
from nexus.engines.experiment.measuring.units import (
    CONTROL,
    MAX_UNIT_S,
    WARM_UP_CALLS,
    WARM_UP_S,
    UnitSample,
    calibrate,
    call_variant,
    quiet_memory,
    time_unit,
)
from nexus.engines.experiment.model.expectation import RatioExpectation
from nexus.engines.experiment.statistics.curves import Curve
from nexus.engines.experiment.statistics.series import PairSeries

if TYPE_CHECKING:
    from nexus.engines.experiment.comparison.design import TimedPair
    from nexus.engines.experiment.growth.design import Growth
    from nexus.engines.experiment.measuring.counting import Counts
    from nexus.engines.experiment.measuring.session import Session

__all__ = ["GROWTH", "GrowthRecord", "grow"]

GROWTH = "growth"
"""The name of every unit in the samples that is not the control's."""

ROUND_PASSES = 3
"""The minimum of passes in a round."""

VISITS = 5
"""How often a pass measures what is short; slower calls are measured once."""

Side = tuple[str, bool]
"""A variant, and whether it is the baseline measured once more, for the control."""


@dataclass(slots=True)
class GrowthRecord:
    """What a lab of growth has measured so far.

    `curves` by variant; `ratios` by variant, opponent and number of the size; `control` holds the
    ratios of the baseline to itself at every size, `control_curve` how they grow.
    """

    counts: "Counts"
    curves: dict[str, Curve]
    ratios: "dict[TimedPair, PairSeries]"
    control: PairSeries
    control_curve: Curve
    samples: list[UnitSample] = field(default_factory=list)
    rounds: int = 0
    passes: int = 0
    extended: bool = False
    cut_short: bool = False


def grow(lab: "Growth", session: "Session") -> GrowthRecord:
    """Ask the oracle, count, then time passes until every claim is settled or the budget spent.

    The session's bench must be open. Raises `OracleError`, `VariantError`, `LabError` or
    `Cancelled`.
    """
    bench, watch = session.bench, session.watch
    bench.settle()
    ask_oracles(lab, lab.check_answers, watch)
    counts = count_exactly(lab, bench, lambda step: watch.report(step, watch.left_s))
    schedule = _Passes(lab, session, counts)
    if schedule.sides:
        with quiet_memory():
            schedule.warm_up()
            while not schedule.finished():
                schedule.round()
    if not lab.writes:
        # A variant may have begun to answer wrongly in the meantime, as a stale cache does.
        ask_oracles(lab, lab.check_answers, watch)
    return schedule.record


class _Passes:
    """The timed part of one run."""

    def __init__(self, lab: "Growth", session: "Session", counts: "Counts") -> None:
        self.lab, self.session, self.watch = lab, session, session.watch
        self.budget = session.budget
        self.cases = lab.case_list
        self.coin = random.Random(session.seed)  # noqa: S311 -- the design's coin, which must repeat
        self.exponents = [claim for claim in lab.expectations if isinstance(claim, Exponent)]
        self.ratios = [claim for claim in lab.expectations if isinstance(claim, RatioExpectation)]
        pairs, curved = lab.timed(), {claim.variant: None for claim in self.exponents}
        # Two intervals of each curve are used, its last decade and all sizes; of the control three.
        alpha = LEVEL / (2 * len(curved) + len(pairs) + 3)
        self.record = GrowthRecord(
            counts,
            {variant: Curve(lab.sizes, lab.last_decade, alpha, session.seed) for variant in curved},
            {key: PairSeries(alpha, session.seed) for key in pairs},
            PairSeries(alpha, session.seed),
            Curve(lab.sizes, lab.last_decade, alpha, session.seed),
        )
        self.sides = self._sides(*curved, *(name for key in pairs for name in key[:2]))
        self._calls: dict[tuple[str, int], int] = {}
        self._short: set[tuple[str, int]] = set()
        self._pass_s = self._spent_s = 0.0
        self._next_look = session.budget.rounds

    def _sides(self, *timed: str) -> list[Side]:
        """Return what is measured at each size: what the claims time, and the baseline twice."""
        if not timed:
            return []
        baseline = self.lab.baseline.name
        return [*((name, False) for name in dict.fromkeys((baseline, *timed))), (baseline, True)]

    def warm_up(self) -> None:
        """Call everything for a while: the first calls of a process differ from all later ones."""
        self.watch.report("warming up", self.watch.left_s, at_once=True)
        until = self.watch.elapsed_s + WARM_UP_S
        while self.watch.elapsed_s < until:
            for name in dict(self.sides):
                for case in self.cases:
                    self.watch.check()
                    call_variant(self.lab.variants[name], case)

    def round(self) -> None:
        """Measure some passes on a fresh connection."""
        self.record.rounds += 1
        self._connect()
        if self.record.rounds == 1:
            self._calibrate()
        for _ in range(max(ROUND_PASSES, math.ceil(self.budget.round_s / self._pass_s))):
            self._report()
            self._pass()
            if self.record.cut_short:
                return
        self.session.sample_pressure()

    def _connect(self) -> None:
        """Open a connection and call everything until the server has its plans.

        That takes six calls each, or as many as fit into 0.3 s: a new plan hardly delays a call
        that is slower than that.
        """
        if self.record.rounds > 1:
            self.session.bench.settle()
        gc.collect()
        self.session.bench.open()
        for name in dict(self.sides):
            for case in self.cases:
                until = self.watch.elapsed_s + WARM_UP_S
                for _ in range(WARM_UP_CALLS):
                    self.watch.check()
                    call_variant(self.lab.variants[name], case)
                    if self.watch.elapsed_s >= until:
                        break

    def _calibrate(self) -> None:
        """Find how many calls of each variant make a unit at each size, and a pass's time."""
        for name, sides in Counter(name for name, _ in self.sides).items():
            variant = self.lab.variants[name]
            for number, case in enumerate(self.cases):
                times = sides
                self.watch.report("finding how many calls make a unit", self.watch.left_s)
                calls, two_s = calibrate(variant, variant, case, self.watch.clock)
                self._calls[name, number] = calls
                if two_s / calls < 2 * MAX_UNIT_S:
                    self._short.add((name, number))
                    times *= VISITS
                self._pass_s += times * two_s / 2

    def _pass(self) -> None:
        """Visit every size, in random order, and measure all sides there back to back.

        Sides whose calls are short are measured in several visits. Their median counts: one visit
        may be in a burst, or pay for what a long unit put into the caches.
        """
        start, record = self.watch.elapsed_s, self.record
        taken: dict[tuple[Side, int], list[float]] = defaultdict(list)
        visits = [(number, visit) for number in range(len(self.cases)) for visit in range(VISITS)]
        self.coin.shuffle(visits)
        for number, visit in visits:
            sides = [s for s in self.sides if not visit or (s[0], number) in self._short]
            self.coin.shuffle(sides)
            for position, side in enumerate(sides, start=1):
                taken[side, number].append(self._unit(side, number, position))
            if self.watch.over:
                # Half a pass has no slope.
                record.cut_short = True
                return
        record.passes += 1
        self._note({key: median(values) for key, values in taken.items()})
        self._spent_s += self.watch.elapsed_s - start
        self._pass_s = self._spent_s / record.passes

    def _unit(self, side: Side, number: int, position: int) -> float:
        """Time one unit and return the seconds of a call."""
        self.watch.check()
        name, again = side
        calls, record = self._calls[name, number], self.record
        taken = time_unit(self.lab.variants[name], self.cases[number], calls, self.watch.clock)
        comparison = CONTROL if again else GROWTH
        record.samples.append(
            UnitSample(
                record.rounds, record.passes + 1, comparison, number, name, position, calls, taken
            )
        )
        return taken / calls

    def _note(self, seconds: dict[tuple[Side, int], float]) -> None:
        """Add what a complete pass measured."""
        record, numbers = self.record, range(len(self.cases))
        for variant, curve in record.curves.items():
            times = [math.log(seconds[(variant, False), number]) for number in numbers]
            curve.add(times, record.rounds)
        for (variant, over, number), series in record.ratios.items():
            own, other = seconds[(variant, False), number], seconds[(over, False), number]
            series.add(other, own, record.rounds)
        baseline = self.lab.baseline.name
        firsts = [seconds[(baseline, False), number] for number in numbers]
        seconds_again = [seconds[(baseline, True), number] for number in numbers]
        for first, again in zip(firsts, seconds_again, strict=True):
            record.control.add(again, first, record.rounds)
        differences = [
            math.log(again / first) for first, again in zip(firsts, seconds_again, strict=True)
        ]
        record.control_curve.add(differences, record.rounds)

    def finished(self) -> bool:
        """Return whether no more rounds are needed: all is decided, or the budget spent."""
        record = self.record
        if record.cut_short or record.rounds < self.budget.rounds:
            return record.cut_short
        if record.rounds >= self._next_look:
            self._next_look = math.ceil(record.rounds * LOOK_GROWTH)
            if self._decided():
                return True
        if self._missing_s() > 0:
            return False
        if not record.extended and self.session.busy_pressure is not None:
            record.extended = True
            return False
        return True

    def _decided(self) -> bool:
        """Return whether both opinions agree on every claim about a time."""
        readings = {variant: curve.read() for variant, curve in self.record.curves.items()}
        return all(claim.decide_curve(readings[claim.variant]) for claim in self.exponents) and all(
            claim.decide(self.record.ratios[key].estimate().interval)
            for claim in self.ratios
            for key in self.lab.timed_by(claim)
        )

    def _missing_s(self) -> float:
        """Return for how much longer passes may be measured."""
        times = 2 if self.record.extended else 1
        by_time = times * self.budget.time_s - self._spent_s
        by_passes = (times * self.budget.pairs - self.record.passes) * self._pass_s
        return max(0.0, by_time, by_passes)

    def _report(self) -> None:
        name = self.lab.size.replace("_", " ")
        step = f"timing {len(self.cases)} values of {name}, in random order, again and again"
        self.watch.report(step, self._missing_s())
