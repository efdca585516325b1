"""The figures of a verdict in words: what was asked, what was found, and from how much.

An *item* is an expectation of a result document (`nexus.run/1`), a *case* one of its cases.
"""

import math
from collections.abc import Mapping
from typing import Any

from nexus.engines.experiment.report.plots.wording import NO_FIGURE, case_label, number, times

__all__ = ["asked", "based_on", "cases_of", "found", "interval_of", "outliers", "share", "spread"]

RATIO = "×"
SHARE = "share of trials"
EXPONENT = "exponent"
AT_LEAST = dict.fromkeys(("time", "throughput"), "at least {}")
# What `based_on` and the other functions here tell already.
TOLD = {
    "case",
    "verdict",
    "value",
    "interval",
    "predicted",
    "counted",
    "against",
    "pairs",
    "rounds",
    "trials",
    "passes",
    "span",
    "asks",
    "trials_with",
    "total",
    "unknown",
    "outliers",
}

Item = Mapping[str, Any]


def cases_of(item: Item) -> list[tuple[str, Item]]:
    """Give each case of an expectation with its name; one without cases is its own."""
    return [(_name(case), case) for case in item.get("cases") or [item]]


def asked(item: Item, case: Item) -> str:
    """Say what a claim asks for: its bar."""
    bar, kind = item.get("bar"), item.get("kind")
    if kind == "events":
        return "at least once" if bar is None else "never"
    if case.get("predicted") is not None:
        return f"exactly {number(case['predicted'])}"
    if not isinstance(bar, int | float):
        return NO_FIGURE
    if kind == "equal":
        return f"equal within {share(bar - 1)}"
    words = _with_unit(bar, item)
    if "asks" in case:
        return f"{item.get('unit')} {case['asks']} {words}"
    exact = kind == "count" and item.get("unit") != RATIO
    return f"{words} in every case" if exact else AT_LEAST.get(str(kind), "{}").format(words)


def found(item: Item, case: Item) -> str:
    """Say what was found."""
    value = case.get("value")
    if "trials_with" in case:
        where = f"{number(case['trials_with'])} of {number(case['trials'])} trials"
        return f"in {where}, {number(case['total'])} in all"
    if "counted" in case:
        return f"{number(case['counted'])} against {number(case['against'])}"
    return _with_unit(value, item) if isinstance(value, int | float) else NO_FIGURE


def interval_of(item: Item, case: Item) -> str:
    """Say between which ends the truth lies, nothing for an exact count."""
    low, high = _ends(case)
    if low is None:
        return NO_FIGURE if high is None else f"up to {_with_unit(high, item)}"
    if high is None:
        return f"{_with_unit(low, item)} or more"
    return f"{_with_unit(low, item)} to {_with_unit(high, item)}"


def based_on(case: Item) -> str:
    """Say from how many measurements a figure comes, with all else that the case tells."""
    parts = [
        f"{number(case[name])} {name} in {number(case.get('rounds', 0))} rounds"
        for name in ("pairs", "passes")
        if name in case
    ]
    if "trials" in case:
        parts.append(f"{number(case['trials'])} trials")
    if case.get("unknown"):
        parts.append(f"{number(case['unknown'])} attempts with unknown outcome")
    parts += [
        f"{name.replace('_', ' ')} {number(value) if isinstance(value, int | float) else value}"
        for name, value in case.items()
        if name not in TOLD and isinstance(value, int | float | str)
    ]
    return ", ".join(parts) or (NO_FIGURE if case.get("value") is None else "counted twice")


def outliers(case: Item) -> str:
    """Say which share of the pairs took over three times the median; they are never removed."""
    value = case.get("outliers")
    return share(value) if isinstance(value, int | float) else NO_FIGURE


def share(value: float) -> str:
    """Give a share as per cent with two digits that matter: 0.0213 is "2.1 %"."""
    return f"{number(float(f'{value * 100:.2g}'))} %"


def spread(first: Item, second: Item) -> str:
    """Say how the findings of two runs lie to one another.

    Two intervals are "apart" when they have no point in common; exact counts are equal or not.
    """
    if first.get("interval") and second.get("interval"):
        (low, high), (other_low, other_high) = _bounds(first), _bounds(second)
        return "apart" if high < other_low or other_high < low else "overlap"
    values = first.get("value"), second.get("value")
    if first.get("interval") or second.get("interval") or None in values:
        return NO_FIGURE
    return "equal" if values[0] == values[1] else "differ"


def _name(case: Item) -> str:
    """Name a case; growth tells a span of sizes apart from others, such as the last decade."""
    label = case_label(case.get("case") or {})
    return f"{case['span']}: {label}" if "span" in case else label


def _ends(case: Item) -> tuple[float | None, float | None]:
    """Give both ends of an interval; an open end is None, as are both where there is none."""
    low, high = case.get("interval") or (None, None)
    return low, high


def _bounds(case: Item) -> tuple[float, float]:
    """Give both ends of an interval, an open one as infinity."""
    low, high = _ends(case)
    return -math.inf if low is None else low, math.inf if high is None else high


def _with_unit(value: float, item: Item) -> str:
    unit = item.get("unit") or ""
    if unit == RATIO:
        return times(value)
    if unit == SHARE:
        return share(value)
    return number(value) if unit == EXPONENT else f"{number(value)} {unit}".strip()
