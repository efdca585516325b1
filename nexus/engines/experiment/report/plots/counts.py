"""How many: exact counts of each variant over the cases, named on the line."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.axes import Axis, counts_axis
from nexus.engines.experiment.report.plots.lines import (
    FOOT,
    HEIGHT,
    RIGHT,
    TOP,
    Name,
    across_ticks,
    frame,
    left_of,
    names_on_lines,
    polyline,
)
from nexus.engines.experiment.report.plots.picture import Picture
from nexus.engines.experiment.report.plots.svg import element, picture, shorten
from nexus.engines.experiment.report.table import Table
from nexus.engines.experiment.report.variants import colour, label, variant_names
from nexus.engines.experiment.report.wording import NO_FIGURE, case_label, compact, number, spaced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nexus.engines.experiment.document.run_document import Outcome, Part

__all__ = ["counts_picture"]


@dataclass(frozen=True, slots=True)
class _Series:
    variant: str
    label: str
    colour: str
    values: tuple[float | None, ...]


def counts_picture(part: "Part", measure: str, outcomes: "tuple[Outcome, ...]") -> Picture | None:
    """Draw a counted measure for every variant, `None` where no variant has it."""
    cases, series = _series(part, measure)
    if not series:
        return None
    shown = [value for item in series for value in item.values if value is not None]
    upright = counts_axis(shown, FOOT, TOP, floor=True)
    left = left_of(upright)
    across, positions, name = _positions(cases, left + 8, RIGHT)
    children = frame(upright, left, name=f"{measure} (log axis)" if upright.log else measure)
    marks = zip(map(_case_words, cases), positions, strict=True)
    children += across_ticks(marks, positions[0], _across_title(name, across))
    for item in series:
        children += _line(item, positions, upright)
    children += _names(series, upright)
    title = f"{measure.capitalize()} of each variant: " + "; ".join(
        _said(item, cases) for item in series
    )
    said = " ".join(f"{item.sentence}." for item in outcomes if item.sentence)
    return Picture(
        key=f"counts-{measure}",
        claims=tuple(outcome.claim for outcome in outcomes),
        title=title,
        caption=f"{measure.capitalize()} of each variant, counted exactly"
        + (f", as the {name} grows." if name else "."),
        svg=picture(title=title, description=said or title, height=HEIGHT, children=children),
        table=_table(measure, cases, series),
    )


def _series(part: "Part", measure: str) -> tuple[list["Mapping[str, object]"], list[_Series]]:
    cases: list[Mapping[str, object]] = []
    values: dict[str, list[tuple[Mapping[str, object], float]]] = {}
    for variant in variant_names(part):
        counts = part.variants.get(variant, {}).get(measure)
        if counts is None:
            continue
        alone: Mapping[str, object] = {}
        entries: list[tuple[Mapping[str, object], float | None]] = [
            (figures.case, figures.median) for figures in counts.by_case
        ]
        for case, value in entries or [(alone, counts.median)]:
            if value is None:
                continue
            if case not in cases:
                cases.append(case)
            values.setdefault(variant, []).append((case, value))
    return cases, [
        _Series(
            variant=variant,
            label=label(part, variant),
            colour=colour(part, variant),
            values=tuple(next((v for c, v in pairs if c == case), None) for case in cases),
        )
        for variant, pairs in values.items()
    ]


def _positions(
    cases: list["Mapping[str, object]"], start: float, end: float
) -> tuple[Axis | None, list[float], str]:
    """Return the axis (None when the cases are only names), the places, and the parameter."""
    names = {name for case in cases for name in case}
    name = names.pop() if len(names) == 1 else ""
    values = [case.get(name) for case in cases]
    numbers = [
        float(value)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    ]
    if name and len(numbers) == len(cases) and len(set(numbers)) > 1:
        axis = counts_axis(numbers, start, end, floor=False)
        if axis.log:
            axis = Axis(min(numbers), max(numbers), start, end, log=True)
        return axis, [axis.at(value) for value in numbers], spaced(name)
    step = (end - start) / max(len(cases) - 1, 1)
    return None, [start + index * step for index in range(len(cases))], spaced(name)


def _case_words(case: "Mapping[str, object]") -> str:
    if len(case) != 1:
        return shorten(case_label(case), 16)
    (value,) = case.values()
    if isinstance(value, int) and not isinstance(value, bool):
        return compact(value)
    return shorten(str(value), 16)


def _across_title(name: str, axis: Axis | None) -> str:
    return f"{name} (log axis)" if axis is not None and axis.log else name


def _line(item: _Series, positions: list[float], axis: Axis) -> list[str]:
    places = [
        (x, axis.at(value))
        for x, value in zip(positions, item.values, strict=True)
        if value is not None
    ]
    parts = [polyline(places, class_=f"series {item.colour}")]
    parts += [
        element(
            "circle",
            {"cx": x, "cy": y, "r": 4.5, "class_": f"point {item.colour}", "fill": "currentColor"},
        )
        for x, y in places
    ]
    return parts


def _names(series: list[_Series], axis: Axis) -> list[str]:
    return names_on_lines(
        [
            Name(item.label, number(_last(item)), item.colour, axis.at(_last(item)))
            for item in series
        ]
    )


def _last(item: _Series) -> float:
    return next(value for value in reversed(item.values) if value is not None)


def _said(item: _Series, cases: list["Mapping[str, object]"]) -> str:
    figures = [
        f"{number(value)} at {case_label(case)}" if case else number(value)
        for case, value in zip(cases, item.values, strict=True)
        if value is not None
    ]
    return f"{item.label} {', '.join(figures)}"


def _table(measure: str, cases: list["Mapping[str, object]"], series: list[_Series]) -> Table:
    return Table(
        title=f"{measure.capitalize()} of each variant",
        headers=("Case", *(item.label for item in series)),
        rows=tuple(
            (case_label(case), *(NO_FIGURE if value is None else number(value) for value in row))
            for case, row in zip(
                cases, zip(*(item.values for item in series), strict=True), strict=True
            )
        ),
    )
