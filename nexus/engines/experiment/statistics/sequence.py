"""An interval for a median that stays valid however often one looks at it.

Take pairs of measurements in random order and the logarithm of each pair's ratio. If θ is the
median of those, then "this pair lies above θ" is the toss of a fair coin, whatever the shape of
the noise. A bet against that coin which mixes all biases with the weight Beta(½, ½) has grown to

    e(n, s) = 2ⁿ · B(s + ½, n - s + ½) / B(½, ½)

after s of n pairs above θ. By Ville's inequality a fair coin ever brings it to 1/level with
a probability of at most that level, so the interval of every θ with e < 1/level covers the median
at all times at once, and a run may stop as soon as the interval answers its question.

Sources: Ville 1939; Robbins, "Statistical methods related to the law of the iterated logarithm",
1970; Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
sequences", 2021; Waudby-Smith and Ramdas, "Estimating means of bounded random variables by
betting", 2024.
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FIRST_LOOK", "UNBOUNDED", "SignSequence", "interval", "log_e_value"]

FIRST_LOOK = 10
"""Pairs before the first look: ten of ten is the least that reaches e = 100."""

LOOK_GROWTH = 1.17
"""Looks lie this factor apart: some 40 of them between 10 and 4,500 pairs."""

UNBOUNDED = (-math.inf, math.inf)


def log_e_value(pairs: int, above: int) -> float:
    """Return log e for `above` of `pairs` tosses, betting against a fair coin."""
    return (
        pairs * math.log(2)
        + math.lgamma(above + 0.5)
        + math.lgamma(pairs - above + 0.5)
        - math.lgamma(pairs + 1)
        - math.log(math.pi)
    )


@lru_cache(maxsize=65_536)
def _fewest_above(pairs: int, alpha: float) -> int:
    """Return the smallest s <= n/2 with e(n, s) < 1/alpha; e falls towards the middle."""
    bound = -math.log(alpha)
    low, high = 0, (pairs + 1) // 2
    while low < high:
        middle = (low + high) // 2
        if log_e_value(pairs, middle) < bound:
            high = middle
        else:
            low = middle + 1
    return low


# anchor: interval
def interval(log_ratios: "Sequence[float] | np.ndarray", alpha: float) -> tuple[float, float]:
    """Return every θ that `log_ratios` do not reject at level `alpha`, as a closed interval.

    Pairs tied with θ are counted on whichever side speaks less against it, so ties can only
    widen the interval. Few pairs reject nothing: the interval is then unbounded.
    """
    pairs = len(log_ratios)
    fewest = _fewest_above(pairs, alpha)
    if fewest == 0:
        return UNBOUNDED
    ordered = np.partition(np.asarray(log_ratios, dtype=float), (fewest - 1, pairs - fewest))
    return float(ordered[fewest - 1]), float(ordered[pairs - fewest])


# end: interval


class SignSequence:
    """The intersection of the intervals of all looks so far, at level `alpha`.

    Looks lie geometrically apart, which costs next to no precision and keeps the meter's own
    work small.
    """

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self._low, self._high = UNBOUNDED
        self._next_look = FIRST_LOOK

    @property
    def interval(self) -> tuple[float, float]:
        """The interval now, in log ratios.

        Only an effect that changed during the run can empty the intersection. What then lies
        between the ends is given, since each end was once excluded by the other.
        """
        return min(self._low, self._high), max(self._low, self._high)

    def offer(self, log_ratios: "Sequence[float]") -> None:
        """Look at `log_ratios` (all pairs since the start) if the next look is due."""
        if len(log_ratios) >= self._next_look:
            self.look(log_ratios)

    def look(self, log_ratios: "Sequence[float]") -> None:
        """Look now and narrow the interval."""
        low, high = interval(log_ratios, self.alpha)
        self._low, self._high = max(self._low, low), min(self._high, high)
        self._next_look = max(FIRST_LOOK, math.ceil(len(log_ratios) * LOOK_GROWTH))
