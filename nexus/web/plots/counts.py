"""How many: exact counts of each variant over the cases, named on the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.web.plots.axes import Axis, counts_axis
from nexus.web.plots.picture import Picture, Table
from nexus.web.plots.svg import FONT_SIZE, WIDTH, element, line, picture, text, text_width
from nexus.web.plots.wording import NO_FIGURE, case_label, number, shorten, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nexus.web.plots.document import Finding, Result

__all__ = ["counts_picture"]

_TOP = 34.0
_FOOT = 250.0
_HEIGHT = 302.0
_NAME_ROOM = 124.0  # for the names of the lines, right of the last case
_NAME_LENGTH = 13
_NAME_GAP = 38.0  # a name and its figure, two lines of text


@dataclass(frozen=True, slots=True)
class _Series:
    variant: str
    label: str
    colour: str
    values: tuple[float | None, ...]


def counts_picture(result: Result, measure: str, findings: tuple[Finding, ...]) -> Picture | None:
    """Draw a counted measure for every variant, `None` where no variant has it."""
    cases, series = _series(result, measure)
    if not series:
        return None
    shown = [value for item in series for value in item.values if value is not None]
    upright = counts_axis(shown, _FOOT, _TOP, floor=True)
    left = max(text_width(number(value)) for value in upright.ticks(34)) + 10
    across, positions, name = _positions(cases, left + 8, WIDTH - _NAME_ROOM - 12)
    children = _frame(upright, left, name=_upright_title(measure, upright))
    children += _case_ticks(cases, positions, _across_title(name, across))
    for item in series:
        children += _line(item, positions, upright)
    children += _names(series, upright)
    title = f"{measure.capitalize()} of each variant: " + "; ".join(
        _said(item, cases) for item in series
    )
    said = " ".join(f"{item.sentence}." for item in findings if item.sentence)
    return Picture(
        key=f"counts-{measure}",
        claims=tuple(finding.claim for finding in findings),
        title=title,
        caption=f"{measure.capitalize()} of each variant, counted exactly"
        + (f", as the {name} grows." if name else "."),
        svg=picture(title=title, description=said or title, height=_HEIGHT, children=children),
        table=_table(measure, cases, series),
    )


def _series(result: Result, measure: str) -> tuple[list[Mapping[str, object]], list[_Series]]:
    cases: list[Mapping[str, object]] = []
    found: dict[str, list[tuple[Mapping[str, object], float]]] = {}
    for variant in result.labels:
        counts = result.measures.get(variant, {}).get(measure)
        if counts is None:
            continue
        for case, figures in counts.by_case or (({}, counts.total),):
            value = figures.get("median")
            if value is None:
                continue
            if case not in cases:
                cases.append(case)
            found.setdefault(variant, []).append((case, value))
    return cases, [
        _Series(
            variant=variant,
            label=result.label(variant),
            colour=result.colour(variant),
            values=tuple(next((v for c, v in pairs if c == case), None) for case in cases),
        )
        for variant, pairs in found.items()
    ]


def _positions(
    cases: list[Mapping[str, object]], start: float, end: float
) -> tuple[Axis | None, list[float], str]:
    """Return the axis (None when the cases are only names), the places, and the parameter."""
    names = {name for case in cases for name in case}
    name = names.pop() if len(names) == 1 else ""
    values = [case.get(name) for case in cases]
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if name and len(numbers) == len(cases) and len(set(numbers)) > 1:
        axis = counts_axis(numbers, start, end, floor=False)
        if axis.log:
            axis = Axis(min(numbers), max(numbers), start, end, log=True)
        return axis, [axis.at(value) for value in numbers], name.replace("_", " ")
    step = (end - start) / max(len(cases) - 1, 1)
    return None, [start + index * step for index in range(len(cases))], name.replace("_", " ")


def _upright_title(measure: str, axis: Axis) -> str:
    return shorten(f"{measure} (log axis)" if axis.log else measure, 48)


def _across_title(name: str, axis: Axis | None) -> str:
    return f"{name} (log axis)" if axis is not None and axis.log else name


def _frame(axis: Axis, left: float, *, name: str) -> list[str]:
    right = WIDTH - _NAME_ROOM - 5  # clear of the names
    parts = [
        text(name, 0, FONT_SIZE, class_="axis-title"),
        line((left, _FOOT), (right, _FOOT), class_="axis"),
    ]
    for value in axis.ticks(34):
        y = axis.at(value)
        parts.append(line((left, y), (right, y), class_="grid"))
        parts.append(text(number(value), left - 6, y + 5, anchor="end", class_="tick"))
    return parts


def _case_ticks(cases: list[Mapping[str, object]], positions: list[float], title: str) -> list[str]:
    parts: list[str] = []
    taken = -1.0
    for case, x in sorted(zip(cases, positions, strict=True), key=lambda item: item[1]):
        single = len(case) == 1
        words = shorten(str(next(iter(case.values()))) if single else case_label(case), 16)
        parts.append(line((x, _FOOT), (x, _FOOT + 5), class_="axis"))
        half = text_width(words) / 2
        at = max(x, half)
        if at - half > taken:
            parts.append(text(words, at, _FOOT + 22, anchor="middle", class_="tick"))
            taken = at + half
    if title:
        parts.append(text(shorten(title, 36), positions[0], _FOOT + 44, class_="axis-title"))
    return parts


def _line(item: _Series, positions: list[float], axis: Axis) -> list[str]:
    places = [
        (x, axis.at(value))
        for x, value in zip(positions, item.values, strict=True)
        if value is not None
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in sorted(places))
    parts = [
        element(
            "polyline",
            {
                "points": points,
                "class_": f"series {item.colour}",
                "fill": "none",
                "stroke": "currentColor",
            },
        )
    ]
    parts += [
        element(
            "circle",
            {"cx": x, "cy": y, "r": 4.5, "class_": f"point {item.colour}", "fill": "currentColor"},
        )
        for x, y in places
    ]
    return parts


def _names(series: list[_Series], axis: Axis) -> list[str]:
    wanted = [axis.at(_last(item)) for item in series]
    placed = spread(wanted, _NAME_GAP, _TOP + 4, _FOOT - 14)
    parts: list[str] = []
    x = WIDTH - _NAME_ROOM + 2
    for item, y in zip(series, placed, strict=True):
        parts.append(text(shorten(item.label, _NAME_LENGTH), x, y, class_=f"name {item.colour}"))
        parts.append(text(number(_last(item)), x, y + 17, class_=f"name-figure {item.colour}"))
    return parts


def _last(item: _Series) -> float:
    return next(value for value in reversed(item.values) if value is not None)


def _said(item: _Series, cases: list[Mapping[str, object]]) -> str:
    figures = [
        f"{number(value)} at {case_label(case)}" if case else number(value)
        for case, value in zip(cases, item.values, strict=True)
        if value is not None
    ]
    return f"{item.label} {', '.join(figures)}"


def _table(measure: str, cases: list[Mapping[str, object]], series: list[_Series]) -> Table:
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
