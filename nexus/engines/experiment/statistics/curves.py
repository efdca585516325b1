"""How steeply the time of one variant grows with the size: exponents, each from one pass.

A pass measures every size once, in random order. On logarithmic axes a power of the size is a
straight line whose slope is the exponent, so each pass gives a slope, whatever the speed of the
machine during that pass. The slopes of many passes form a series, as the log ratios of pairs do,
and are judged by the same two opinions.

Three kinds of span are fitted. The *last decade* is what a claim is about, since a fixed cost
hides growth at small sizes and the large ones are what matters to a reader. *All sizes* and the
*steps* of the last decade, from each size to the next, show whether there is a power at all: where
they say that the exponent still moves to the other side of the bar, nothing is settled.

The fit is the median of the slopes between all pairs of points: Theil, "A rank-invariant method of
linear and polynomial regression analysis", 1950; Sen, "Estimates of the regression coefficient
based on Kendall's tau", 1968.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nexus.engines.experiment.model.expectation import SMALLEST_EXPONENT
from nexus.engines.experiment.statistics.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nexus.engines.experiment.statistics.series import Estimate

__all__ = ["Curve", "Reading", "Span", "theil_sen"]

Span = tuple[int, int]
"""The numbers of the first and the last size of a span, both within it."""


# anchor: theil_sen
def theil_sen(log_sizes: "np.ndarray", log_times: "np.ndarray") -> float:
    """Return the median of the slopes between all pairs of points, at least two."""
    left, right = np.triu_indices(len(log_sizes), 1)
    slopes = (log_times[right] - log_times[left]) / (log_sizes[right] - log_sizes[left])
    return float(np.median(slopes))


# end: theil_sen


@dataclass(frozen=True, slots=True)
class Reading:
    """What the passes say of one curve: the exponents of its spans; `steps` by their span."""

    last_decade: "Estimate"
    all_sizes: "Estimate"
    steps: "dict[Span, Estimate]"

    def bends_to(self, bar: float) -> bool:
        """Return whether the exponent changes with the size, towards `bar`.

        The whole curve must then differ from its last decade by more than matters.
        """
        low, high = self.last_decade.interval
        if low >= bar:
            return high < self.all_sizes.interval[0] - SMALLEST_EXPONENT
        return high < bar and low > self.all_sizes.interval[1] + SMALLEST_EXPONENT

    def steps_beyond(self, bar: float) -> "dict[Span, Estimate]":
        """Return the steps whose exponent lies on the other side of `bar` than the last decade.

        Their intervals are too wide on a noisy machine to wait until they say so.
        """
        low, high = self.last_decade.interval
        return {
            span: step
            for span, step in self.steps.items()
            if low >= bar > step.value or high < bar < step.value
        }


class Curve:
    """The slopes of every pass, for each span of the sizes."""

    def __init__(self, sizes: "Sequence[float]", last_decade: int, alpha: float, seed: int) -> None:
        """Take the sizes, and the number of the first that belongs to the last decade."""
        self._log_sizes = np.log(np.asarray(sizes, dtype=float))
        last = len(sizes) - 1
        self._last_decade: Span = (last_decade, last)
        self._all_sizes: Span = (0, last)
        self._steps: list[Span] = list(pairwise(range(last_decade, last + 1)))
        spans = dict.fromkeys((self._last_decade, self._all_sizes, *self._steps))
        self._series = {span: Series(alpha, seed) for span in spans}

    def add(self, log_times: "Sequence[float]", round_number: int) -> None:
        """Add a pass: the logarithm of the time at every size."""
        times = np.asarray(log_times, dtype=float)
        for (first, last), series in self._series.items():
            within = slice(first, last + 1)
            series.note(theil_sen(self._log_sizes[within], times[within]), round_number)

    def read(self) -> Reading:
        """Look at all passes so far."""
        estimates = {span: series.estimate() for span, series in self._series.items()}
        return Reading(
            last_decade=estimates[self._last_decade],
            all_sizes=estimates[self._all_sizes],
            steps={span: estimates[span] for span in self._steps},
        )
