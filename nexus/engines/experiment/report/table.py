"""The tables of a run document: figures in rows, as text."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.report import figures
from nexus.engines.experiment.report.variants import label, variant_names
from nexus.engines.experiment.report.wording import NO_FIGURE, case_label, number, spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nexus.engines.experiment.document.run_document import (
        CaseOutcome,
        Figures,
        Measure,
        Outcome,
        Part,
        RunDocument,
    )

__all__ = ["Table", "counts_table", "expectations_table", "measures_table", "timings_table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows, as text; the first cell of a row names it."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def expectations_table(document: "RunDocument") -> Table:
    """Return every expectation in every case."""
    return Table(
        title="Every expectation in every case",
        headers=(
            "Claim",
            "What was judged",
            "Case",
            "Asked for",
            "Measured",
            "Interval",
            "From",
            "Outliers",
            "Declared",
            "Verdict",
        ),
        rows=tuple(
            _expectation_row(part, outcome, case)
            for part in document.parts
            for outcome in part.expectations
            for case in figures.cases_of(outcome)
        ),
    )


def _expectation_row(part: "Part", outcome: "Outcome", case: "CaseOutcome") -> tuple[str, ...]:
    opponent = f" against {label(part, outcome.against)}" if outcome.against else ""
    judged = label(part, outcome.variant) + opponent
    return (
        outcome.claim,
        f"{judged}: {spaced(outcome.measure)}" if outcome.measure else judged,
        figures.case_name(case),
        figures.asked(outcome, case),
        figures.measured(outcome, case),
        figures.interval_of(outcome, case),
        figures.based_on(case),
        figures.outliers(case),
        outcome.declared,
        str(case.verdict),
    )


def counts_table(document: "RunDocument") -> Table | None:
    """Return every measure that is no time: exact counts, events, throughput; None without any."""
    rows = [
        (label(part, variant), spaced(name), *row)
        for part in document.parts
        for variant, measures in part.variants.items()
        for name, measure in measures.items()
        if name != "time"
        for row in _count_rows(measure)
    ]
    headers = ("Variant", "Measure", "Case", "Median", "p95", "In all", "In trials", "Taken")
    title = "What was counted of each variant"
    return Table(title=title, headers=headers, rows=tuple(rows)) if rows else None


def _count_rows(measure: "Measure") -> "Iterator[tuple[str, ...]]":
    for case, entry in _by_case(measure):
        in_trials = taken = NO_FIGURE
        if entry.trials_with is not None:
            in_trials = f"{number(entry.trials_with)} of {number(entry.n or 0)}"
        if entry.n is not None:
            taken = "counted twice" if entry.n == 1 else f"{number(entry.n)} times"
        yield case, *map(_cell, (entry.median, entry.p95, entry.total)), in_trials, taken


def timings_table(document: "RunDocument") -> Table | None:
    """Return median, 95th and 99th percentile of the times of each variant in each case."""
    timed = [
        (label(part, name), part.variants[name]["time"])
        for part in document.parts
        for name in variant_names(part)
        if "time" in part.variants.get(name, {})
    ]
    rows = tuple(
        (variant, case, *map(_cell, (entry.median, entry.p95, entry.p99, entry.n)))
        for variant, measure in timed
        for case, entry in _by_case(measure)
    )
    if not rows:
        return None
    unit = timed[-1][1].unit or "ms"
    headers = ("Variant", "Case", f"Median, {unit}", f"p95, {unit}", f"p99, {unit}", "Units timed")
    return Table(title="Times of each variant", headers=headers, rows=rows)


def measures_table(part: "Part") -> Table:
    """Return a row for each variant and case, and a column for each measure's median or total."""
    measures = {name: m for variant in part.variants.values() for name, m in variant.items()}
    cases = part.cases or ({},)
    has_cases = any(cases)
    headers = [
        name if measure.unit in {name, ""} else f"{name}, {measure.unit}"
        for name, measure in measures.items()
    ]
    rows = [
        (
            "" if number_of_case else label(part, name),
            *([case_label(case)] if has_cases else []),
            *(_total_or_median(variant.get(measure), number_of_case) for measure in measures),
        )
        for name, variant in part.variants.items()
        for number_of_case, case in enumerate(cases)
    ]
    return Table(
        title="What was measured of each variant",
        headers=("Variant", *(["Case"] if has_cases else []), *headers),
        rows=tuple(rows),
    )


def _total_or_median(measure: "Measure | None", number_of_case: int) -> str:
    if measure is None:
        return ""
    entries = [entry for _, entry in _by_case(measure)]
    if number_of_case >= len(entries):
        return ""
    entry = entries[number_of_case]
    value = entry.median if entry.total is None else entry.total
    return "" if value is None else number(value)


def _by_case(measure: "Measure") -> "list[tuple[str, Figures]]":
    """Return the figures of each case by its name; of trials those over all."""
    if not measure.by_case:
        return [(case_label({}), measure)]
    return [(case_label(figures.case), figures) for figures in measure.by_case]


def _cell(value: float | None) -> str:
    return NO_FIGURE if value is None else number(value)
