"""The schedule of a comparison: rounds, turns and pairs in random order."""

import gc
import math
import random
from typing import TYPE_CHECKING

from nexus.engines.experiment.comparison.streams import ComparisonRecord, Stream
from nexus.engines.experiment.measuring.counting import count_exactly
from nexus.engines.experiment.measuring.oracle import ask_oracles
from nexus.engines.experiment.measuring.session import LEVEL, LOOK_GROWTH
from nexus.engines.experiment.measuring.units import (
    CONTROL,
    WARM_UP_CALLS,
    WARM_UP_S,
    UnitSample,
    calibrate,
    call_variant,
    quiet_memory,
    time_unit,
)
from nexus.engines.experiment.model.expectation import RatioExpectation
from nexus.engines.experiment.report import wording
from nexus.engines.experiment.statistics.series import PairSeries

if TYPE_CHECKING:
    from nexus.engines.experiment.comparison.design import Comparison
    from nexus.engines.experiment.measuring.counting import Counts
    from nexus.engines.experiment.measuring.session import Session

__all__ = ["compare"]

TURN_S = 0.025
"""For so long the pairs of one comparison follow one another. With a change after every single pair
only its first side would pay for what the others put into the caches."""

CONTROL_SHARE = 0.5
"""Pairs of the control for each pair of a comparison: a third of all."""


def compare(lab: "Comparison", session: "Session") -> ComparisonRecord:
    """Ask the oracle, count, then time pairs until every claim is settled or the budget spent.

    The session's bench must be open. Raises `OracleError`, `VariantError`, `LabError` or
    `Cancelled`.
    """
    bench, watch = session.bench, session.watch
    bench.settle()
    ask_oracles(lab, lab.check_answers, watch)
    counts = count_exactly(lab, bench, lambda step: watch.report(step, watch.left_s))
    schedule = _Schedule(lab, session, counts)
    if schedule.record.streams:
        with quiet_memory():
            schedule.warm_up()
            while schedule.active and not schedule.record.cut_short:
                schedule.round()
    if not lab.writes:
        # A variant may have begun to answer wrongly in the meantime, as a stale cache does.
        ask_oracles(lab, lab.check_answers, watch)
    return schedule.record


class _Schedule:
    """The timed part of one run."""

    def __init__(self, lab: "Comparison", session: "Session", counts: "Counts") -> None:
        self.lab, self.session, self.watch = lab, session, session.watch
        self.budget = session.budget
        self.cases = lab.case_list
        self.coin = random.Random(session.seed)  # noqa: S311 -- the design's coin, which must repeat
        keys = lab.timed()
        # The control could be wrong by chance as well, so it has a share of the level.
        alpha = LEVEL / (len(keys) + 1)
        streams = [
            Stream(*key, self._claims(*key), PairSeries(alpha, session.seed)) for key in keys
        ]
        self.record = ComparisonRecord(counts, streams, PairSeries(alpha, session.seed))
        self._control_calls: dict[int, int] = {}
        self._control_debt = 0.0
        self._next_look = session.budget.rounds

    def _claims(self, variant: str, over: str, case: int) -> list[RatioExpectation]:
        return [
            claim
            for claim in self.lab.expectations
            if isinstance(claim, RatioExpectation)
            and (variant, over, case) in self.lab.timed_by(claim)
        ]

    @property
    def active(self) -> list[Stream]:
        """The streams that need more pairs."""
        return [stream for stream in self.record.streams if not stream.done]

    def _sides(self) -> list[tuple[str, int]]:
        """Return every variant and case that is still called, including the control's."""
        baseline = self.lab.baseline.name
        sides = {
            (name, stream.case): None
            for stream in self.active
            for name in (baseline, stream.over, stream.variant)
        }
        return list(sides)

    def warm_up(self) -> None:
        """Call everything for a while: the first calls of a process differ from all later ones."""
        self.watch.report("warming up", self._remaining_s(), at_once=True)
        until = self.watch.elapsed_s + WARM_UP_S
        while self.watch.elapsed_s < until:
            for name, case in self._sides():
                self.watch.check()
                call_variant(self.lab.variants[name], self.cases[case])

    def round(self) -> None:
        """Measure every open stream on a fresh connection, then see which of them are done."""
        self.record.rounds += 1
        self._connect()
        if self.record.rounds == 1:
            self._calibrate()
        due = {id(stream): self._quota(stream) for stream in self.active}
        while any(due.values()):
            turns = [stream for stream in self.active if due[id(stream)]]
            self.coin.shuffle(turns)
            for stream in turns:
                due[id(stream)] -= self._turn(stream, due[id(stream)])
                if self.watch.over:
                    self.record.cut_short = True
                    return
        self._review()

    def _connect(self) -> None:
        if self.record.rounds > 1:
            self.session.bench.settle()
        gc.collect()
        self.session.bench.open()
        for name, case in self._sides():
            for _ in range(WARM_UP_CALLS):
                self.watch.check()
                call_variant(self.lab.variants[name], self.cases[case])

    def _calibrate(self) -> None:
        baseline = self.lab.baseline
        for stream in self.record.streams:
            self.watch.report("finding how many calls make a unit", self._remaining_s())
            variant, over = self.lab.variants[stream.variant], self.lab.variants[stream.over]
            case = self.cases[stream.case]
            stream.calls, stream.first_s = calibrate(variant, over, case, self.watch.clock)
            self.watch.check()
            if stream.case not in self._control_calls:
                calls, _ = calibrate(baseline, baseline, case, self.watch.clock)
                self._control_calls[stream.case] = calls

    def _quota(self, stream: Stream) -> int:
        return max(self.budget.round_pairs, math.ceil(self.budget.round_s / stream.pair_s))

    def _turn(self, stream: Stream, due: int) -> int:
        """Measure some pairs in a row, and the control's share; return how many."""
        self._report(stream)
        until, pairs = stream.spent_s + TURN_S, 0
        while pairs < due and (pairs == 0 or stream.spent_s < until):
            sides = (stream.variant, stream.over)
            own, other = self._pair(stream.name, sides, stream.case, stream.calls)
            stream.series.add(other, own, self.record.rounds)
            stream.spent_s += own + other
            pairs += 1
        self._control_debt += CONTROL_SHARE * pairs
        while self._control_debt >= 1:
            self._control_debt -= 1
            sides = (self.lab.baseline.name, self.lab.baseline.name)
            calls = self._control_calls[stream.case]
            own, other = self._pair(CONTROL, sides, stream.case, calls)
            self.record.control.add(other, own, self.record.rounds)
        return pairs

    def _pair(
        self, comparison: str, sides: tuple[str, str], case: int, calls: int
    ) -> tuple[float, float]:
        """Time both sides back to back, a coin deciding which goes first."""
        self.watch.check()
        record = self.record
        number = len(record.samples) // 2 + 1
        seconds = [0.0, 0.0]
        first = self.coin.randrange(2)
        for position, side in enumerate((first, 1 - first), start=1):
            variant = self.lab.variants[sides[side]]
            taken = time_unit(variant, self.cases[case], calls, self.watch.clock)
            seconds[side] = taken
            record.samples.append(
                UnitSample(
                    record.rounds, number, comparison, case, variant.name, position, calls, taken
                )
            )
        return seconds[0], seconds[1]

    def _review(self) -> None:
        """Close the streams that are decided or have used up their budget."""
        self.session.sample_pressure()
        rounds = self.record.rounds
        if rounds < self.budget.rounds:
            return
        looks = rounds >= self._next_look
        if looks:
            self._next_look = math.ceil(rounds * LOOK_GROWTH)
        for stream in self.active:
            stream.done = (looks and stream.decided()) or self._spent(stream)

    def _spent(self, stream: Stream) -> bool:
        if self._missing_s(stream) > 0:
            return False
        if not self.record.extended and self.session.busy_pressure is not None:
            self.record.extended = True
            return False
        return True

    def _missing_s(self, stream: Stream) -> float:
        """Return for how much longer the stream may be measured."""
        times = 2 if self.record.extended else 1
        by_time = times * self.budget.time_s - stream.spent_s
        by_pairs = (times * self.budget.pairs - stream.pairs) * stream.pair_s
        return max(0.0, by_time, by_pairs)

    def _remaining_s(self) -> float:
        return (1 + CONTROL_SHARE) * sum(self._missing_s(stream) for stream in self.active)

    def _report(self, stream: Stream) -> None:
        own, other = self.lab.variants[stream.variant], self.lab.variants[stream.over]
        where = wording.at_case(self.cases[stream.case])
        self.watch.report(f"comparing {own.label} with {other.label}{where}", self._remaining_s())
