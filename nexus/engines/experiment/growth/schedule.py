"""The schedule of a lab of growth: rounds of passes, each over all sizes in random order."""

import gc
import math
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from nexus.engines.experiment.comparison.schedule import WARM_UP_CALLS, WARM_UP_S, ask_oracles
from nexus.engines.experiment.comparison.streams import CONTROL, UnitSample
from nexus.engines.experiment.document.verdicts import settled
from nexus.engines.experiment.measuring.counting import exact_counts
from nexus.engines.experiment.measuring.session import ASK_GROWTH, LEVEL
from nexus.engines.experiment.measuring.units import (
    LONGEST_S,
    calibrate,
    call_variant,
    quiet_memory,
    time_unit,
)
from nexus.engines.experiment.model.expectation import Exponent, Rated
from nexus.engines.experiment.statistics.curves import Curve
from nexus.engines.experiment.statistics.series import PairSeries

if TYPE_CHECKING:
    from nexus.engines.experiment.comparison.design import Growth
    from nexus.engines.experiment.comparison.streams import Counts
    from nexus.engines.experiment.measuring.session import Session

__all__ = ["GROWTH", "Grown", "grow"]

GROWTH = "growth"
"""The name of every unit in the samples that is not the control's."""

ROUND_PASSES = 3
"""The fewest passes of a round."""

VISITS = 5
"""So often a pass measures what is short, the slower things once."""

Side = tuple[str, bool]
"""A variant, and whether it is the baseline measured once more, for the control."""


@dataclass(slots=True)
class Grown:
    """What a lab of growth has found.

    `curves` by variant; `ratios` by variant, opponent and number of the size; `control` holds the
    ratios of the baseline to itself at every size, `control_curve` how they grow.
    """

    counts: "Counts"
    curves: dict[str, Curve]
    ratios: dict[tuple[str, str, int], PairSeries]
    control: PairSeries
    control_curve: Curve
    samples: list[UnitSample] = field(default_factory=list)
    rounds: int = 0
    passes: int = 0
    extended: bool = False
    cut_short: bool = False


def grow(lab: "Growth", session: "Session") -> Grown:
    """Ask the oracle, count, then time passes until every claim is settled or the budget spent.

    The session's bench must be open. Raise OracleError, VariantError, LabError or Cancelled.
    """
    bench, watch = session.bench, session.watch
    bench.settle()
    ask_oracles(lab, watch)
    counts = exact_counts(lab, bench, lambda step: watch.tell(step, watch.left_s))
    schedule = _Passes(lab, session, counts)
    if schedule.sides:
        with quiet_memory():
            schedule.warm_up()
            while not schedule.finished():
                schedule.round()
    if not lab.writes:
        # A variant may have begun to answer wrongly on the way, as a stale cache does.
        ask_oracles(lab, watch)
    return schedule.found


class _Passes:
    """The timed part of one run."""

    def __init__(self, lab: "Growth", session: "Session", counts: "Counts") -> None:
        self.lab, self.session, self.watch = lab, session, session.watch
        self.form = session.form
        self.cases = lab.case_list
        self.coin = random.Random(session.seed)  # noqa: S311 - the design's coin, which must repeat
        self.exponents = [claim for claim in lab.expectations if isinstance(claim, Exponent)]
        self.rated = [claim for claim in lab.expectations if isinstance(claim, Rated)]
        pairs, curved = lab.timed(), {claim.variant: None for claim in self.exponents}
        # Of each curve the last decade and all sizes are asked; of the control its ratio too.
        alpha = LEVEL / (2 * len(curved) + len(pairs) + 3)
        self.found = Grown(
            counts,
            {variant: Curve(lab, alpha, session.seed) for variant in curved},
            {key: PairSeries(alpha, session.seed) for key in pairs},
            PairSeries(alpha, session.seed),
            Curve(lab, alpha, session.seed),
        )
        self.sides = self._sides(*curved, *(name for key in pairs for name in key[:2]))
        self._calls: dict[tuple[str, int], int] = {}
        self._short: set[tuple[str, int]] = set()
        self._pass_s = self._spent_s = 0.0
        self._next_question = session.form.rounds

    def _sides(self, *timed: str) -> list[Side]:
        """Return whatever is measured at each size: what the claims time, the baseline twice."""
        if not timed:
            return []
        baseline = self.lab.baseline.name
        return [*((name, False) for name in dict.fromkeys((baseline, *timed))), (baseline, True)]

    def warm_up(self) -> None:
        """Call everything for a while: the first calls of a process are like no others."""
        self.watch.tell("warming up", self.watch.left_s, at_once=True)
        until = self.watch.elapsed_s + WARM_UP_S
        while self.watch.elapsed_s < until:
            for name in dict(self.sides):
                for case in self.cases:
                    self.watch.check()
                    call_variant(self.lab.variants[name], case)

    def round(self) -> None:
        """Measure some passes on a fresh connection."""
        self.found.rounds += 1
        self._connect()
        if self.found.rounds == 1:
            self._calibrate()
        for _ in range(max(ROUND_PASSES, math.ceil(self.form.round_s / self._pass_s))):
            self._tell()
            self._pass()
            if self.found.cut_short:
                return
        self.session.feel()

    def _connect(self) -> None:
        """Open a connection and call everything until the server has its plans.

        That takes six calls each, or as many as fit into 0.3 s: a new plan hardly delays a call
        that is slower than that.
        """
        if self.found.rounds > 1:
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
                self.watch.tell("finding how many calls make a unit", self.watch.left_s)
                calls, two_s = calibrate(variant, variant, case, self.watch.clock)
                self._calls[name, number] = calls
                if two_s / calls < 2 * LONGEST_S:
                    self._short.add((name, number))
                    times *= VISITS
                self._pass_s += times * two_s / 2

    def _pass(self) -> None:
        """Visit every size, in random order, and measure all sides there back to back.

        Sides whose calls are short are measured in several visits. Their median counts: one of
        them may have met with a burst, or pay for what a long unit put into the caches.
        """
        start, found = self.watch.elapsed_s, self.found
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
                found.cut_short = True
                return
        found.passes += 1
        self._note({key: median(values) for key, values in taken.items()})
        self._spent_s += self.watch.elapsed_s - start
        self._pass_s = self._spent_s / found.passes

    def _unit(self, side: Side, number: int, position: int) -> float:
        """Time one unit and return the seconds of a call."""
        self.watch.check()
        name, again = side
        calls, found = self._calls[name, number], self.found
        taken = time_unit(self.lab.variants[name], self.cases[number], calls, self.watch.clock)
        comparison = CONTROL if again else GROWTH
        found.samples.append(
            UnitSample(
                found.rounds, found.passes + 1, comparison, number, name, position, calls, taken
            )
        )
        return taken / calls

    def _note(self, seconds: dict[tuple[Side, int], float]) -> None:
        """Add what a complete pass says."""
        found, numbers = self.found, range(len(self.cases))
        for variant, curve in found.curves.items():
            times = [math.log(seconds[(variant, False), number]) for number in numbers]
            curve.add(times, found.rounds)
        for (variant, over, number), series in found.ratios.items():
            own, other = seconds[(variant, False), number], seconds[(over, False), number]
            series.add(other, own, found.rounds)
        baseline = self.lab.baseline.name
        ones = [seconds[(baseline, False), number] for number in numbers]
        others = [seconds[(baseline, True), number] for number in numbers]
        for one, other in zip(ones, others, strict=True):
            found.control.add(other, one, found.rounds)
        apart = [math.log(other / one) for one, other in zip(ones, others, strict=True)]
        found.control_curve.add(apart, found.rounds)

    def finished(self) -> bool:
        """Return whether no more rounds are wanted: all is decided, or the budget spent."""
        found = self.found
        if found.cut_short or found.rounds < self.form.rounds:
            return found.cut_short
        if found.rounds >= self._next_question:
            self._next_question = math.ceil(found.rounds * ASK_GROWTH)
            if self._decided():
                return True
        if self._missing_s() > 0:
            return False
        if not found.extended and self.session.too_busy is not None:
            found.extended = True
            return False
        return True

    def _decided(self) -> bool:
        """Return whether both opinions agree on every claim about a time."""
        readings = {variant: curve.read() for variant, curve in self.found.curves.items()}
        return all(readings[claim.variant].settles(claim) for claim in self.exponents) and all(
            settled(claim, self.found.ratios[key].estimate().interval)
            for claim in self.rated
            for key in claim.timed(self.lab)
        )

    def _missing_s(self) -> float:
        """Return for how much longer passes may be measured."""
        times = 2 if self.found.extended else 1
        by_time = times * self.form.budget_s - self._spent_s
        by_passes = (times * self.form.pairs - self.found.passes) * self._pass_s
        return max(0.0, by_time, by_passes)

    def _tell(self) -> None:
        name = self.lab.size.replace("_", " ")
        step = f"timing {len(self.cases)} values of {name}, in random order, again and again"
        self.watch.tell(step, self._missing_s())
