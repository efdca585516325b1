"""The one voice of a result: its words, and its numbers as people write them.

What is measured is rounded here and nowhere else, so that a sentence, a table and a plot show the
same digits.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nexus.engines.experiment.document.run_document import Interval

__all__ = [
    "BIG_DIFFERENCE",
    "NO_FIGURE",
    "TIMES",
    "at_case",
    "bar",
    "case_label",
    "compact",
    "counted",
    "counts_words",
    "difference",
    "ends",
    "exponent",
    "exponents",
    "happened",
    "number",
    "percent",
    "rate",
    "ratios",
    "shape",
    "spaced",
    "state_word",
    "times",
]

NO_FIGURE = "\N{EN DASH}"
"""What a table shows where there is no figure."""

TIMES = "\N{MULTIPLICATION SIGN}"
MINUS = "\N{MINUS SIGN}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

COARSE, FINE = 10, 2
"""Ratios from 10 on are written whole, from 2 on with one decimal, below with two or more."""

MAX_DECIMALS = 6
EXTRA_DECIMALS = 2
"""How many decimals more a ratio gets where its interval would else look empty."""

WRITTEN_OUT = 1_000_000
BIG_DIFFERENCE = math.log(1.5)
"""Differences from here on are written as multiples, smaller ones in per cent."""

MAX_LISTED = 4

SHAPES = {
    "supported": "●",
    "refuted": "▲",
    "inconclusive": "◌",
    "unavailable": "\N{EN DASH}",
    "reported": "○",
    "not run": "□",
    "stale": "↻",
}

STATE_WORDS = {"not run": "not yet run here", "reported": "reported, not tested here yet"}


def shape(state: str) -> str:
    """Return the mark before the word of a verdict or a claim's state, empty for any other."""
    return SHAPES.get(state, "")


def state_word(state: str) -> str:
    """Return the words for a verdict or a claim's state."""
    return STATE_WORDS.get(state, state or "no verdict")


def spaced(name: str) -> str:
    """Return a name with spaces for underscores."""
    return name.replace("_", " ")


def number(value: float) -> str:
    """Return `value` with three significant digits, or all the digits of a whole number."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "beyond measure"
    if isinstance(value, int):
        return f"{value:,}"
    if abs(value) >= WRITTEN_OUT and not value.is_integer():
        return compact(value)
    if value.is_integer() or abs(value) >= 100:  # noqa: PLR2004 -- from 100 on, whole is three digits
        return f"{value:,.0f}"
    return f"{value:.3g}"


def compact(value: float) -> str:
    """Return `value` as `number` does, but from a million on as a power of ten: 2.5×10⁷."""
    if not math.isfinite(value) or abs(value) < WRITTEN_OUT:
        return number(value)
    power = math.floor(math.log10(abs(value)))
    head = f"{value / 10.0**power:.3g}"
    tail = "10" + str(power).translate(SUPERSCRIPTS)
    return tail if head == "1" else f"{head}{TIMES}{tail}"


def counted(value: int, unit: str) -> str:
    """Return a count with its unit, such as "1 query" or "1,001 queries"."""
    if value == 1:
        unit = f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")
    return f"{number(value)} {unit}"


def percent(share: float) -> str:
    """Return a share as per cent with two significant digits: 0.0213 is "2.1 %"."""
    value = share * 100
    return f"{value:,.0f} %" if value >= COARSE else f"{number(float(f'{value:.2g}'))} %"


def ratios(*values: float) -> list[str]:
    """Return ratios with the same decimals: enough to distinguish the smallest and the largest."""
    if not all(math.isfinite(value) and 0 < value < WRITTEN_OUT for value in values):
        return [compact(value) for value in values]
    low, high = min(values), max(values)
    decimals = 0 if low >= COARSE else 1 if low >= FINE else 2
    while low < FINE and low * 10**decimals < FINE * COARSE and decimals < MAX_DECIMALS:
        decimals += 1
    most = decimals + EXTRA_DECIMALS
    while decimals < most and high > low and f"{low:.{decimals}f}" == f"{high:.{decimals}f}":
        decimals += 1
    return [f"{value:,.{decimals}f}" for value in values]


def times(value: float, interval: "Interval | None" = None) -> list[str]:
    """Return a ratio, and the ends of its interval, as multiples: 4.3×, 4.2× and 4.4×."""
    return [f"{text}{TIMES}" for text in ratios(value, *(interval or ()))]


def bar(ratio: float) -> str:
    """Return the ratio that a claim names, or a tick of an axis, as a multiple: 2×."""
    return f"{compact(ratio)}{TIMES}"


def rate(value: float, interval: "Interval", measure: str, over: str) -> str:
    """Return how many times as good a variant is; `value` and `interval` as log ratios."""
    low, high = interval
    if measure == "throughput":
        middle, least, most = ratios(math.exp(value), math.exp(low), math.exp(high))
        return f"{middle} times the throughput of {over}, between {least} and {most}"
    if low < 0 < high:
        return f"no clear difference: {ends(interval, measure)}"
    word = "fast" if low >= 0 else "slow"
    sides = sorted((abs(low), abs(high)))
    middle, least, most = ratios(math.exp(abs(value)), *(math.exp(side) for side in sides))
    return f"{middle} times as {word}, between {least} and {most}"


def ends(interval: "Interval", measure: str) -> str:
    """Return an interval of log ratios as "between … and …", each end with its direction."""
    return f"between {difference(interval[0], measure)} and {difference(interval[1], measure)}"


def difference(log_ratio: float, measure: str) -> str:
    """Return one log ratio: in per cent when it is small, as a multiple when it is large.

    "25 % slower" takes a quarter longer; "25 % less" has three quarters of the throughput.
    """
    if measure == "throughput":
        ratio = math.exp(log_ratio)
        if abs(log_ratio) > BIG_DIFFERENCE:
            return f"{ratios(ratio)[0]} times as much"
        return f"{percent(abs(ratio - 1))} {'more' if ratio >= 1 else 'less'}"
    ratio = math.exp(abs(log_ratio))
    if abs(log_ratio) > BIG_DIFFERENCE:
        return f"{ratios(ratio)[0]} times as {'fast' if log_ratio >= 0 else 'slow'}"
    return f"{percent(ratio - 1)} {'faster' if log_ratio >= 0 else 'slower'}"


def exponent(value: float) -> str:
    """Return an exponent with two decimals, and a minus sign as it is printed."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", MINUS)


def exponents(interval: "Interval") -> str:
    """Return an interval of exponents as "between … and …"."""
    return f"between {exponent(interval[0])} and {exponent(interval[1])}"


def case_label(case: "Mapping[str, object]") -> str:
    """Return a case as words: {"page_size": 10} is "page size 10"; no parameter is "all"."""
    return ", ".join(f"{spaced(name)} {_value(value)}" for name, value in case.items()) or "all"


def at_case(case: "Mapping[str, object]") -> str:
    """Return " at page size 10", or nothing for the one case of a lab without parameters."""
    return f" at {case_label(case)}" if case else ""


def counts_words(
    cases: "Sequence[Mapping[str, object]]", values: "Sequence[int]", unit: str
) -> str:
    """Return the counts of all cases: one by one when they are few, else as a range."""
    if len(set(values)) == 1:
        return f"{counted(values[0], unit)}{_in_all(cases)}"
    if len(values) <= MAX_LISTED and len(cases[0]) == 1:
        name = next(iter(cases[0]))
        points = [_value(case[name]) for case in cases]
        texts = [number(value) for value in values]
        return f"{_and(texts)} {unit} at {spaced(name)} {_and(points)}"
    return f"{number(min(values))} to {counted(max(values), unit)} in {len(values)} cases"


def happened(event: str, trials_with: int, trials: int, total: int) -> str:
    """Return how often an event was seen, such as "oversold in 40 of 40 trials, 612 in all"."""
    where = f"{number(trials_with)} of {number(trials)} trials"
    return f"{spaced(event)} in {where}, {number(total)} in all"


def _in_all(cases: "Sequence[Mapping[str, object]]") -> str:
    """Return that something holds in all cases: " at every page size", or " in every case"."""
    if len(cases) == 1 or not cases[0]:
        return at_case(cases[0])
    names = list(cases[0])
    return f" at every {spaced(names[0])}" if len(names) == 1 else " in every case"


def _and(texts: "Iterable[str]") -> str:
    *head, last = texts
    return f"{', '.join(head)} and {last}" if head else last


def _value(value: object) -> str:
    """Return a value of a case; a whole number with its thousands set apart."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
