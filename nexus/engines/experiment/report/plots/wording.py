"""Figures as people read them, and labels that keep out of one another's way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["NO_FIGURE", "case_label", "number", "ratio", "shorten", "spread", "times"]

NO_FIGURE = "\N{EN DASH}"  # stands in a table where there is nothing to say
_TIMES = "\N{MULTIPLICATION SIGN}"
_WRITTEN_OUT = 1_000_000
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float) -> str:
    """Return `value` with three significant digits, or all the digits of a whole number."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "beyond measure"
    if abs(value) >= _WRITTEN_OUT:
        power = math.floor(math.log10(abs(value)))
        head = f"{value / 10.0**power:.3g}"
        tail = "10" + str(power).translate(_SUPERSCRIPTS)
        return tail if head == "1" else f"{head}{_TIMES}{tail}"
    if float(value).is_integer() or abs(value) >= 100:  # noqa: PLR2004 - from 100 on, whole is three digits
        return f"{value:,.0f}"
    return f"{value:.3g}"


def ratio(value: float | None, interval: tuple[float, float] | None) -> str:
    """Return a ratio in words: 14 times, between 13 times and 15 times, with the sign for times."""
    if value is None:
        return "no estimate"
    if interval is None:
        return times(value)
    return f"{times(value)}, between {times(interval[0])} and {times(interval[1])}"


def times(value: float) -> str:
    """Return a ratio as a multiple, with the sign for times."""
    return f"{number(value)}{_TIMES}"


def case_label(case: Mapping[str, object]) -> str:
    """Return a case as words: {"page_size": 10} is "page size 10"; no parameter is "all"."""
    words = (f"{name.replace('_', ' ')} {_written(value)}" for name, value in case.items())
    return ", ".join(words) or "all"


def _written(value: object) -> str:
    """Return a value of a case; a whole number with its thousands set apart."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def shorten(content: str, most: int) -> str:
    """Return `content` in at most `most` characters, with an ellipsis where it was cut."""
    return content if len(content) <= most else content[: max(most - 1, 0)].rstrip() + "…"


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions as little as needed to stand `gap` apart, within `low` to `high`.

    Where they cannot all fit, they stand as far apart as the room allows.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    floor = low
    for index in order:
        placed[index] = max(wanted[index], floor)
        floor = placed[index] + gap
    ceiling = high
    for index in reversed(order):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed
