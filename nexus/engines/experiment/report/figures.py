"""The figures of a verdict in words: what was asked, what was measured, and from how much."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.document.run_document import CaseOutcome
from nexus.engines.experiment.report.wording import (
    NO_FIGURE,
    TIMES,
    bar,
    case_label,
    exponent,
    number,
    percent,
    ratios,
)

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import Outcome

__all__ = [
    "asked",
    "based_on",
    "case_name",
    "cases_of",
    "compared",
    "interval_of",
    "measured",
    "outliers",
]

SHARE = "share of trials"
EXPONENT = "exponent"
AT_LEAST = ("time", "throughput")
"""Kinds of outcome whose bar is a minimum."""


def cases_of(outcome: "Outcome") -> tuple[CaseOutcome, ...]:
    """Return each case of an expectation; one without cases is its own."""
    alone = CaseOutcome(
        case={}, verdict=outcome.verdict, value=outcome.value, interval=outcome.interval
    )
    return outcome.cases or (alone,)


def case_name(case: CaseOutcome) -> str:
    """Return the name of a case; of growth with the span of sizes, such as the last decade."""
    label = case_label(case.case)
    return f"{case.span}: {label}" if case.span else label


def asked(outcome: "Outcome", case: CaseOutcome) -> str:
    """Return what a claim asks for: its bar."""
    if outcome.kind == "events":
        return "at least once" if outcome.bar is None else "never"
    if case.predicted is not None:
        return f"exactly {number(case.predicted)}"
    return NO_FIGURE if outcome.bar is None else _bar_words(outcome, case, outcome.bar)


def _bar_words(outcome: "Outcome", case: CaseOutcome, value: float) -> str:
    if outcome.kind == "equal":
        return f"equal within {percent(value - 1)}"
    if case.asks:
        return f"{outcome.unit} {case.asks} {number(value)}"
    if outcome.unit == TIMES:
        return f"at least {bar(value)}" if outcome.kind in AT_LEAST else bar(value)
    words = f"{number(value)} {outcome.unit}".strip()
    return f"{words} in every case" if outcome.kind == "count" else words


def measured(outcome: "Outcome", case: CaseOutcome) -> str:
    """Return the measured value, with its unit."""
    if case.trials_with is not None:
        where = f"{number(case.trials_with)} of {number(case.trials or 0)} trials"
        return f"in {where}, {number(case.total or 0)} in all"
    if case.counted is not None:
        return f"{number(case.counted)} against {number(case.against or 0)}"
    return NO_FIGURE if case.value is None else _texts(outcome, case)[0]


def interval_of(outcome: "Outcome", case: CaseOutcome) -> str:
    """Return the ends between which the truth lies; an exact count has none."""
    if case.interval is None:
        return NO_FIGURE
    *_, low, high = _texts(outcome, case)
    return f"{low} to {high}"


def based_on(case: CaseOutcome) -> str:
    """Return how many measurements a figure comes from."""
    counts = (("pairs", case.pairs), ("passes", case.passes))
    parts = [
        f"{number(count)} {name} in {number(case.rounds or 0)} rounds"
        for name, count in counts
        if count is not None
    ]
    if case.trials is not None:
        parts.append(f"{number(case.trials)} trials")
    if case.unknown:
        parts.append(f"{number(case.unknown)} attempts with unknown outcome")
    return ", ".join(parts) or (NO_FIGURE if case.value is None else "counted twice")


def outliers(case: CaseOutcome) -> str:
    """Return the share of pairs that took over three times the median; none is removed."""
    return NO_FIGURE if case.outliers is None else percent(case.outliers)


def compared(first: CaseOutcome, second: CaseOutcome) -> str:
    """Return how the values of two runs relate.

    Two intervals are "apart" when they have no point in common; exact counts are equal or not.
    """
    if first.interval and second.interval:
        (low, high), (other_low, other_high) = first.interval, second.interval
        return "apart" if high < other_low or other_high < low else "overlap"
    values = first.value, second.value
    if first.interval or second.interval or None in values:
        return NO_FIGURE
    return "equal" if values[0] == values[1] else "differ"


def _texts(outcome: "Outcome", case: CaseOutcome) -> list[str]:
    """Return the value and the ends of its interval, as far as there are any, in the same form."""
    values = [value for value in (case.value, *(case.interval or ())) if value is not None]
    if outcome.unit == TIMES:
        return [f"{text}{TIMES}" for text in ratios(*values)]
    if outcome.unit == SHARE:
        return [percent(value) for value in values]
    if outcome.unit == EXPONENT:
        return [exponent(value) for value in values]
    return [f"{number(value)} {outcome.unit}".strip() for value in values]
