"""How many times: a ratio with its interval in every case, and the bar of the claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.axes import ratio_axis
from nexus.engines.experiment.report.plots.picture import Picture, Table
from nexus.engines.experiment.report.plots.svg import (
    FONT_SIZE,
    WIDTH,
    element,
    line,
    picture,
    text,
    text_width,
)
from nexus.engines.experiment.report.plots.wording import (
    NO_FIGURE,
    case_label,
    number,
    ratio,
    shorten,
    times,
)

if TYPE_CHECKING:
    from nexus.engines.experiment.report.plots.axes import Axis
    from nexus.engines.experiment.report.plots.document import Estimate, Finding, Result

__all__ = ["ratio_picture"]

_MARGIN = 14.0
_TOP = 30.0  # room for the words on the bar
_ROW = 48.0
_AXIS_ROOM = 54.0  # ticks and the axis' title
_TICK_GAP = 52.0


def ratio_picture(result: Result, finding: Finding) -> Picture:
    """Draw a timed claim: a row for every case, the bar as a line, a logarithmic axis."""
    axis = _axis(finding)
    foot = _TOP + _ROW * len(finding.estimates)
    colour = result.colour(finding.variant)
    children = [*_bars(finding, axis, foot)]
    for index, estimate in enumerate(finding.estimates):
        # A lab without parameters has one case, which needs no name; the variant does.
        name = result.label(finding.variant) if estimate.case == case_label({}) else estimate.case
        children += _row(estimate, name, axis, _TOP + index * _ROW, colour)
    children += _scale(axis, foot, _axis_title(result, finding))
    pair = f"{result.label(finding.variant)} against {result.label(finding.against)}"
    title = f"{pair}, {finding.measure}: {finding.sentence or finding.verdict}"
    return Picture(
        key=f"ratio-{finding.claim}",
        claims=(finding.claim,),
        title=title,
        caption=f"{_subject(result, finding)}. Points are medians, the lines through them "
        f"intervals; {_bar_words(finding)}.",
        svg=picture(
            title=title,
            description=_description(finding),
            height=foot + _AXIS_ROOM,
            children=children,
        ),
        table=_table(finding, title),
    )


def _axis(finding: Finding) -> Axis:
    shown = [*_bar_edges(finding)]
    for estimate in finding.estimates:
        shown += [value for value in (estimate.value, *(estimate.interval or ())) if value]
    return ratio_axis(shown, _MARGIN, WIDTH - _MARGIN)


def _bar_edges(finding: Finding) -> tuple[float, ...]:
    """Return where the bar is drawn: one ratio, or both ends of "equal within"; none without it.

    The bar of an equality is the upper end of its band; the band is symmetric in logarithms.
    """
    bar = finding.bar
    if finding.kind == "equal":
        return (1 / bar, bar) if bar is not None and bar > 1 else ()
    return (bar,) if bar is not None and bar > 0 else ()


def _bars(finding: Finding, axis: Axis, foot: float) -> list[str]:
    edges = _bar_edges(finding)
    parts = [line((axis.at(1), _TOP), (axis.at(1), foot), class_="one")]
    if not edges:
        return parts
    positions = [axis.at(edge) for edge in edges]
    if len(positions) > 1:
        parts.append(
            element(
                "rect",
                {
                    "x": positions[0],
                    "y": _TOP - 6,
                    "width": positions[1] - positions[0],
                    "height": foot - _TOP + 6,
                    "class_": "band",
                },
            )
        )
    parts += [line((x, _TOP - 6), (x, foot), class_="bar") for x in positions]
    words = _bar_label(finding)
    half = text_width(words) / 2
    middle = min(max(sum(positions) / len(positions), half), WIDTH - half)
    parts.append(text(words, middle, FONT_SIZE, anchor="middle", class_="bar-label"))
    return parts


def _bar_label(finding: Finding) -> str:
    bar = finding.bar or 0.0
    if finding.kind == "equal":
        return f"claim: equal within {number((bar - 1) * 100)} %"
    return f"claim: at least {times(bar)}"


def _bar_words(finding: Finding) -> str:
    if not _bar_edges(finding):
        return "the dashed line is no difference"
    drawn = "the shaded band is" if finding.kind == "equal" else "the upright line is"
    return f"{drawn} what the claim asks for, the dashed line no difference"


def _row(estimate: Estimate, name: str, axis: Axis, top: float, colour: str) -> list[str]:
    figures = (
        ratio(estimate.value, estimate.interval).replace(" between", "").replace(" and", " to")
    )
    room = int((WIDTH - 2 * _MARGIN - text_width(figures)) / text_width("m")) - 1
    baseline = top + FONT_SIZE
    words = shorten(name, room)
    parts = [
        _ground(_MARGIN, top, words),
        _ground(WIDTH - _MARGIN - text_width(figures), top, figures),
        text(words, _MARGIN, baseline, class_="label"),
        text(figures, WIDTH - _MARGIN, baseline, anchor="end", class_="label"),
    ]
    height = top + 33
    if estimate.interval:
        low, high = (axis.at(edge) for edge in estimate.interval)
        parts.append(line((low, height), (high, height), class_=f"interval {colour}"))
        parts += [
            line((x, height - 5), (x, height + 5), class_=f"cap {colour}") for x in (low, high)
        ]
    if estimate.value is not None:
        parts.append(
            element(
                "circle",
                {
                    "cx": axis.at(estimate.value),
                    "cy": height,
                    "r": 5,
                    "class_": f"point {colour}",
                    "fill": "currentColor",
                },
            )
        )
    return parts


def _ground(x: float, top: float, words: str) -> str:
    """Clear the ground under words, so that no upright line runs through a figure."""
    return element(
        "rect",
        {"x": x, "y": top, "width": text_width(words) * 0.92, "height": 22, "class_": "ground"},
    )


def _scale(axis: Axis, foot: float, title: str) -> list[str]:
    parts = [line((axis.start, foot), (axis.end, foot), class_="axis")]
    for value in axis.ticks(_TICK_GAP):
        x = axis.at(value)
        half = text_width(times(value)) / 2
        parts.append(line((x, foot), (x, foot + 5), class_="axis"))
        at = min(max(x, half), WIDTH - half)
        parts.append(text(times(value), at, foot + 21, anchor="middle", class_="tick"))
    at = max(min(axis.start, WIDTH - text_width(title)), 0)
    parts.append(text(title, at, foot + 44, class_="axis-title"))
    return parts


def _axis_title(result: Result, finding: Finding) -> str:
    what = "times as many as" if finding.measure == "throughput" else "times as fast as"
    ending = " (log axis)"
    room = int(WIDTH / text_width("m")) - len(f"{what} {ending}")
    return f"{what} {shorten(result.label(finding.against), room)}{ending}"


def _subject(result: Result, finding: Finding) -> str:
    variant, against = result.label(finding.variant), result.label(finding.against)
    if finding.measure == "throughput":
        return f"Units a second of {variant}, as a multiple of {against}"
    return f"How many times as fast {variant} is as {against}"


def _description(finding: Finding) -> str:
    rows = [f"{item.case}: {ratio(item.value, item.interval)}" for item in finding.estimates]
    asks = f" The {_bar_label(finding)}." if _bar_edges(finding) else ""
    return f"{'; '.join(rows)}.{asks} Verdict: {finding.verdict or 'none'}."


def _table(finding: Finding, title: str) -> Table:
    return Table(
        title=title,
        headers=("Case", "Ratio", "From", "To", "Pairs", "Verdict"),
        rows=tuple(
            (
                item.case,
                _cell(item.value),
                _cell(item.interval[0] if item.interval else None),
                _cell(item.interval[1] if item.interval else None),
                NO_FIGURE if item.pairs is None else number(item.pairs),
                item.verdict or NO_FIGURE,
            )
            for item in finding.estimates
        ),
    )


def _cell(value: float | None) -> str:
    return NO_FIGURE if value is None else times(value)
