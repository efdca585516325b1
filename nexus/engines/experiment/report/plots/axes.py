"""Axes: where a value lies, and which values are written next to the line."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Axis", "counts_axis", "log_axis", "ratio_axis"]

_LOG_FROM = 20.0  # the largest value over the smallest, from which a count axis is logarithmic
_MOST_TICKS = 7
_FEWEST_TICKS = 3
_LARGEST = 1e12  # what is larger is drawn at the edge; the table has the figure
_SMALLEST = 1 / _LARGEST


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from `low` to `high` laid from `start` to `end` (units of the drawing)."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    def at(self, value: float) -> float:
        """Return where `value` lies; a value outside the scale lies at the nearer end."""
        inside = min(max(value, self.low), self.high)
        share = (self._scaled(inside) - self._scaled(self.low)) / (
            self._scaled(self.high) - self._scaled(self.low)
        )
        return self.start + share * (self.end - self.start)

    def ticks(self, gap: float) -> tuple[float, ...]:
        """Return the values to write, at least `gap` units apart."""
        values = _log_ticks(self.low, self.high) if self.log else ()
        if len(values) < _FEWEST_TICKS:
            values = _linear_ticks(self.low, self.high)
        room = int(abs(self.end - self.start) // gap) + 1
        while len(values) > min(room, _MOST_TICKS) or self._crowded(values, gap):
            values = values[::2]
        return values

    def _crowded(self, values: "Sequence[float]", gap: float) -> bool:
        return any(abs(self.at(b) - self.at(a)) < gap for a, b in pairwise(values))

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def ratio_axis(values: "Iterable[float]", start: float, end: float) -> Axis:
    """Return a logarithmic axis that shows every ratio in `values`, and 1."""
    shown = [min(max(value, _SMALLEST), _LARGEST) for value in values] + [1.0]
    low, high = min(shown), max(shown)
    margin = max((high / low) ** 0.08, 1.01)
    return Axis(low / margin, high * margin, start, end, log=True)


def log_axis(values: "Iterable[float]", start: float, end: float) -> Axis:
    """Return a logarithmic axis for positive `values`, with some room at either end."""
    shown = [min(max(value, _SMALLEST), _LARGEST) for value in values] or [1.0]
    return Axis(min(shown) / 1.2, max(shown) * 1.2, start, end, log=True)


def counts_axis(values: "Iterable[float]", start: float, end: float, *, floor: bool) -> Axis:
    """Return an axis for counts, logarithmic where they differ by `_LOG_FROM` times or more.

    With `floor` a linear axis begins at zero, so that lengths can be compared.
    """
    shown = [min(max(value, 0.0), _LARGEST) for value in values] or [0.0]
    low, high = min(shown), max(shown)
    if low > 0 and high / low >= _LOG_FROM:
        return Axis(low / 1.2, high * 1.2, start, end, log=True)
    if floor:
        return Axis(0.0, high * 1.08 if high > _SMALLEST else 1.0, start, end, log=False)
    margin = (high - low) * 0.04 or max(abs(high) * 0.1, 1.0)
    return Axis(low - margin, high + margin, start, end, log=False)


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    inside = tuple(value for value in fine if low <= value <= high)
    if len(inside) <= _MOST_TICKS:
        return inside
    return tuple(10.0**power for power in powers if low <= 10.0**power <= high)


def _linear_ticks(low: float, high: float) -> tuple[float, ...]:
    rough = (high - low) / 4
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    first = math.ceil(low / step)
    last = math.floor(high / step)
    return tuple(round(index * step, 12) for index in range(first, last + 1))
