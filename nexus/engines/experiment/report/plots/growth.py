"""How a time grows with a size: every round's points on logarithmic axes, and what is claimed."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.axes import Axis, log_axis
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
from nexus.engines.experiment.report.plots.svg import element, picture
from nexus.engines.experiment.report.table import Table
from nexus.engines.experiment.report.variants import colour, label, variant_names
from nexus.engines.experiment.report.wording import (
    NO_FIGURE,
    case_label,
    compact,
    exponent,
    number,
    spaced,
)

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import CaseOutcome, Measure, Outcome, Part

__all__ = ["growth_picture"]

_DECADE = 10
_MOST_POINTS = 400  # of one variant; what is beyond repeats what is drawn
_LAST_DECADE = "last decade"


@dataclass(frozen=True, slots=True)
class _Curve:
    """A variant's median by size, and the figures of its rounds as (size, time)."""

    variant: str
    label: str
    colour: str
    medians: dict[float, float]
    points: tuple[tuple[float, float], ...]


def growth_picture(part: "Part", measure: str, outcomes: "tuple[Outcome, ...]") -> Picture | None:
    """Draw a measure of every variant over the size, `None` where there is none to draw."""
    name = _parameter(part, measure)
    curves = _curves(part, measure, name)
    sizes = sorted({size for curve in curves for size in curve.medians})
    if not sizes or sizes[0] == sizes[-1]:
        return None
    unit, words = _unit(part, measure), spaced(name)
    said = "; ".join(f"{label(part, item.variant)} {item.sentence}" for item in outcomes)
    title = f"Time of each variant by {words}: {said}"
    return Picture(
        key=f"growth-{measure}",
        claims=tuple(outcome.claim for outcome in outcomes),
        title=title,
        caption=f"Time of a call by {words}. Each dot is the median of a round, the lines go "
        f"through the medians of all; {_bar_words(outcomes)}.",
        svg=picture(
            title=title,
            description=_description(part, outcomes),
            height=HEIGHT,
            children=_drawing(curves, sizes, outcomes, upright=f"{unit} a call", across=words),
        ),
        table=_table(words, unit, curves, sizes, outcomes),
    )


def _drawing(
    curves: list[_Curve],
    sizes: list[float],
    outcomes: "tuple[Outcome, ...]",
    *,
    upright: str,
    across: str,
) -> list[str]:
    """Return the frame, the points, the lines, the bars and the names; the texts name the axes."""
    figures = [value for curve in curves for _, value in (*curve.medians.items(), *curve.points)]
    times = log_axis(figures, FOOT, TOP)
    left = left_of(times)
    places = Axis(sizes[0], sizes[-1], left + 8, RIGHT, log=True)
    parts = frame(times, left, name=f"{upright} (log axis)")
    marks = [(compact(size), places.at(size)) for size in sizes]
    parts += across_ticks(marks, places.start, f"{across} (log axis)")
    parts += [_cloud(curve, places, times) for curve in curves]
    for curve in curves:
        line = [(places.at(x), times.at(y)) for x, y in curve.medians.items()]
        parts.append(polyline(line, class_=f"series {curve.colour}"))
    for outcome in outcomes:
        parts += _bar(outcome, curves, places, times)
    return parts + names_on_lines([_name(curve, outcomes, times) for curve in curves])


def _times(part: "Part", measure: str) -> "dict[str, Measure]":
    return {
        variant: counts
        for variant in variant_names(part)
        if (counts := part.variants.get(variant, {}).get(measure)) is not None
    }


def _parameter(part: "Part", measure: str) -> str:
    """Return the name of the size, or nothing where the cases have none or several."""
    names = {
        name
        for counts in _times(part, measure).values()
        for figures in counts.by_case
        for name in figures.case
    }
    return names.pop() if len(names) == 1 else ""


def _unit(part: "Part", measure: str) -> str:
    return next((item.unit for item in _times(part, measure).values() if item.unit), "ms")


def _curves(part: "Part", measure: str, name: str) -> list[_Curve]:
    curves = []
    for variant, counts in _times(part, measure).items():
        medians: dict[float, float] = {}
        points: list[tuple[float, float]] = []
        for figures in counts.by_case:
            size, value = _positive(figures.case.get(name)), _positive(figures.median)
            if size is None or value is None:
                continue
            medians[size] = value
            points += [(size, figure) for figure in figures.rounds if _positive(figure) is not None]
        if medians:
            step = -(-len(points) // _MOST_POINTS) or 1
            curves.append(
                _Curve(
                    variant,
                    label(part, variant),
                    colour(part, variant),
                    medians,
                    tuple(points[::step]),
                )
            )
    return curves


def _positive(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value > 0 else None


def _cloud(curve: _Curve, across: Axis, upright: Axis) -> str:
    """Return all points of a curve as one path of dots."""
    dots = (f"M{across.at(x):.1f} {upright.at(y):.1f}h0" for x, y in curve.points)
    return element(
        "path",
        {
            "d": "".join(dots),
            "class_": f"cloud {curve.colour}",
            "fill": "none",
            "stroke": "currentColor",
            "stroke_width": 5,
            "stroke_linecap": "round",
            "stroke_opacity": 0.35,
        },
    )


def _late(outcome: "Outcome") -> "CaseOutcome | None":
    """Return the outcome of the last decade, which the expectation is about."""
    return next((item for item in outcome.cases if item.span == _LAST_DECADE), None)


def _bar(outcome: "Outcome", curves: list[_Curve], across: Axis, upright: Axis) -> list[str]:
    """Return the slope that a claim names, from where its variant enters the last decade."""
    curve = next((curve for curve in curves if curve.variant == outcome.variant), None)
    if curve is None or outcome.bar is None:
        return []
    end = max(curve.medians)
    start = min(size for size in curve.medians if size >= end / _DECADE)
    if start == end or abs(outcome.bar) > _DECADE:
        return []
    low = curve.medians[start]
    high = low * (end / start) ** outcome.bar
    places = [(across.at(start), upright.at(low)), (across.at(end), upright.at(high))]
    return [polyline(places, class_="bar")]


def _bar_words(outcomes: "tuple[Outcome, ...]") -> str:
    asked = [words for outcome in outcomes if (words := _asks(outcome))]
    if not asked:
        return "no slope is claimed"
    return f"the plain lines are the slopes that the claims name ({', '.join(asked)})"


def _asks(outcome: "Outcome") -> str:
    late = _late(outcome)
    if late is None or outcome.bar is None or not late.asks:
        return ""
    return f"{late.asks} {number(outcome.bar)}"


def _name(curve: _Curve, outcomes: "tuple[Outcome, ...]", upright: Axis) -> Name:
    late = next((_late(item) for item in outcomes if item.variant == curve.variant), None)
    value = late.value if late else None
    figure = f"slope {exponent(value)}" if value is not None else ""
    end = curve.medians[max(curve.medians)]
    return Name(curve.label, figure, curve.colour, upright.at(end))


def _description(part: "Part", outcomes: "tuple[Outcome, ...]") -> str:
    return " ".join(
        f"{label(part, item.variant)}: {item.sentence or 'no figures'}."
        + (f" The claim: {asks}." if (asks := _asks(item)) else "")
        + f" Verdict: {item.verdict or 'none'}."
        for item in outcomes
    )


def _table(
    name: str,
    unit: str,
    curves: list[_Curve],
    sizes: list[float],
    outcomes: "tuple[Outcome, ...]",
) -> Table:
    times = tuple(
        (
            f"{name} {number(size)}",
            *(
                number(curve.medians[size]) if size in curve.medians else NO_FIGURE
                for curve in curves
            ),
        )
        for size in sizes
    )
    spans: dict[str, dict[str, str]] = {}
    for outcome in outcomes:
        for item in outcome.cases:
            words = f"exponent, {case_label(item.case)}"
            spans.setdefault(words, {})[outcome.variant] = _exponent(item)
    exponents = tuple(
        (words, *(cells.get(curve.variant, NO_FIGURE) for curve in curves))
        for words, cells in spans.items()
    )
    return Table(
        title=f"Time of each variant by {name}, and the exponents",
        headers=("Case", *(f"{curve.label}, {unit}" for curve in curves)),
        rows=(*times, *exponents),
    )


def _exponent(item: "CaseOutcome") -> str:
    if item.value is None:
        return NO_FIGURE
    if item.interval is None:
        return exponent(item.value)
    low, high = item.interval
    return f"{exponent(item.value)}, {exponent(low)} to {exponent(high)}"
