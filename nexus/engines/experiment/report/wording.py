"""The sentences of a result: plain English, with numbers as people write them."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "BIG_DIFFERENCE",
    "TIMES",
    "at_case",
    "cases_words",
    "counted",
    "counts_words",
    "difference",
    "ends",
    "exponent",
    "happened",
    "number",
    "percent",
    "rate",
    "rule_of_three",
    "times",
]

TIMES = "\N{MULTIPLICATION SIGN}"
MINUS = "\N{MINUS SIGN}"

COARSE, FINE = 10, 2
MOST_DIGITS = 3
BIG_DIFFERENCE = math.log(1.5)
MOST_LISTED = 4


def number(value: float) -> str:
    """Write a whole number with its thousands set apart."""
    return f"{value:,.0f}"


def counted(value: int, unit: str) -> str:
    """Write a count with its unit, such as "1 query" or "1,001 queries"."""
    if value == 1:
        unit = f"{unit[:-3]}y" if unit.endswith("ies") else unit.removesuffix("s")
    return f"{number(value)} {unit}"


def percent(share: float) -> str:
    """Write a share of one in per cent, with two digits that matter."""
    value = share * 100
    digits = 0 if value >= COARSE else 1
    return f"{value:.{digits}f} %"


def times(*ratios: float) -> list[str]:
    """Write ratios as multiples, with digits enough to tell the least and the greatest apart."""
    least, most = min(ratios), max(ratios)
    digits = 0 if least >= COARSE else 1 if least >= FINE else 2
    while digits < MOST_DIGITS and most > least and f"{least:.{digits}f}" == f"{most:.{digits}f}":
        digits += 1
    return [f"{ratio:,.{digits}f}{TIMES}" for ratio in ratios]


def rate(value: float, interval: tuple[float, float], measure: str, over: str) -> str:
    """Say how many times as good a variant is; `value` and `interval` as log ratios."""
    low, high = interval
    if measure == "throughput":
        middle, least, most = times(math.exp(value), math.exp(low), math.exp(high))
        return f"{middle} the throughput of {over}, between {least} and {most}"
    if low < 0 < high:
        return f"no clear difference: {ends(interval, measure)}"
    word = "faster" if low >= 0 else "slower"
    sides = sorted((abs(low), abs(high)))
    middle, least, most = times(math.exp(abs(value)), *(math.exp(side) for side in sides))
    return f"{middle} {word}, between {least} and {most}"


def ends(interval: tuple[float, float], measure: str) -> str:
    """Write an interval of log ratios as "between … and …", each end with its direction."""
    return f"between {difference(interval[0], measure)} and {difference(interval[1], measure)}"


def difference(log_ratio: float, measure: str) -> str:
    """Write one log ratio: in per cent when it is small, as a multiple when it is large.

    "25 % slower" takes a quarter longer; "25 % less" has three quarters of the throughput.
    """
    if measure == "throughput":
        ratio = math.exp(log_ratio)
        if abs(log_ratio) > BIG_DIFFERENCE:
            return f"{times(ratio)[0]} as much"
        return f"{percent(abs(ratio - 1))} {'more' if ratio >= 1 else 'less'}"
    word = "faster" if log_ratio >= 0 else "slower"
    ratio = math.exp(abs(log_ratio))
    if abs(log_ratio) > BIG_DIFFERENCE:
        return f"{times(ratio)[0]} {word}"
    return f"{percent(ratio - 1)} {word}"


def exponent(value: float) -> str:
    """Write an exponent with two digits, and a minus sign as it is printed."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", MINUS)


def at_case(case: "Mapping[str, object]") -> str:
    """Write " at page size 10", or nothing for the one case of a lab without parameters."""
    words = ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in case.items())
    return f" at {words}" if words else ""


def cases_words(cases: "Sequence[Mapping[str, object]]") -> str:
    """Write that something holds in all cases: "at every page size", or "in every case"."""
    if len(cases) == 1 and cases[0]:
        return at_case(cases[0])
    names = list(cases[0])
    if not names:
        return ""
    return f" at every {names[0].replace('_', ' ')}" if len(names) == 1 else " in every case"


def counts_words(
    cases: "Sequence[Mapping[str, object]]", values: "Sequence[int]", unit: str
) -> str:
    """Write the counts of all cases: one by one when they are few, else as a range."""
    if len(set(values)) == 1:
        return f"{counted(values[0], unit)}{cases_words(cases)}"
    if len(values) <= MOST_LISTED and len(cases[0]) == 1:
        name = next(iter(cases[0]))
        points = [_value(case[name]) for case in cases]
        texts = [number(value) for value in values]
        return f"{_and(texts)} {unit} at {name.replace('_', ' ')} {_and(points)}"
    return f"{number(min(values))} to {counted(max(values), unit)} in {len(values)} cases"


def happened(event: str, trials_with: int, trials: int, total: int) -> str:
    """Write how often an event was seen, such as "oversold in 40 of 40 trials, 612 in all"."""
    where = f"{number(trials_with)} of {number(trials)} trials"
    return f"{event.replace('_', ' ')} in {where}, {number(total)} in all"


def rule_of_three(trials: int) -> float:
    """Return the share of trials that an event not seen in `trials` can have, at 95 %.

    Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", 1983.
    """
    return min(1.0, 3 / trials)


def _and(texts: "Iterable[str]") -> str:
    *head, last = texts
    return f"{', '.join(head)} and {last}" if head else last


def _value(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
