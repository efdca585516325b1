"""The values of one measurement, in the order they came, and what they say about their median."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from nexus.engines.experiment.statistics.rounds import rounds_interval
from nexus.engines.experiment.statistics.sequence import UNBOUNDED, SignSequence

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Estimate", "PairSeries", "Series"]

OUTLIER = 3.0
"""A pair is an outlier when one of its sides took over three times that side's median."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a series says: of pairs, a ratio as its natural logarithm; of passes, an exponent.

    `interval` holds both opinions, that of the pairs (or passes) and that of the rounds, so a
    claim is settled only where the two agree.
    """

    value: float
    by_pairs: tuple[float, float]
    by_rounds: tuple[float, float]
    pairs: int
    rounds: int
    outliers: float

    @property
    def interval(self) -> tuple[float, float]:
        """The hull of both opinions."""
        return (
            min(self.by_pairs[0], self.by_rounds[0]),
            max(self.by_pairs[1], self.by_rounds[1]),
        )

    @property
    def bounded(self) -> bool:
        """Whether there are pairs and rounds enough to say anything."""
        return all(math.isfinite(end) for end in self.interval)

    @property
    def differs(self) -> bool:
        """Whether both opinions exclude zero: a ratio of one, or no difference of exponents."""
        low, high = self.interval
        return low > 0 or high < 0


@dataclass(slots=True)
class Series:
    """Values in the order they were measured, each with its round."""

    alpha: float
    seed: int
    values: list[float] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    _sequence: SignSequence = field(init=False)

    def __post_init__(self) -> None:
        self._sequence = SignSequence(self.alpha)

    def note(self, value: float, round_number: int) -> None:
        """Add a value."""
        self.values.append(value)
        self.rounds.append(round_number)
        self._sequence.offer(self.values)

    def estimate(self, answers: "Callable[[tuple[float, float]], bool] | None" = None) -> Estimate:
        """Look at all values so far.

        The second opinion takes far longer than the first. With `answers` it is asked only when
        the first interval answers the question; otherwise `by_rounds` is that interval.
        """
        self._sequence.look(self.values)
        by_pairs = self._sequence.interval
        is_settled = answers is None or answers(by_pairs)
        by_rounds = rounds_interval(self.values, self.rounds, self.seed) if is_settled else by_pairs
        return Estimate(
            value=float(np.median(self.values)) if self.values else 0.0,
            by_pairs=by_pairs,
            by_rounds=by_rounds if self.values else UNBOUNDED,
            pairs=len(self.values),
            rounds=len(set(self.rounds)),
            outliers=self._outliers(),
        )

    def _outliers(self) -> float:
        return 0.0


@dataclass(slots=True)
class PairSeries(Series):
    """The log ratios of pairs.

    `first` and `second` keep what each side measured, for the share of outliers only: outliers
    are reported and never removed.
    """

    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)

    def add(self, first: float, second: float, round_number: int) -> None:
        """Add the pair whose ratio is `first` / `second`; both must be positive."""
        self.first.append(first)
        self.second.append(second)
        self.note(math.log(first / second), round_number)

    def _outliers(self) -> float:
        if not self.values:
            return 0.0
        first, second = np.asarray(self.first), np.asarray(self.second)
        far = (first > OUTLIER * np.median(first)) | (second > OUTLIER * np.median(second))
        return float(np.mean(far))
