"""How many times: a ratio with its interval in every case, and the bar of the claim."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.figures import case_name, cases_of
from nexus.engines.experiment.report.plots.axes import ratio_axis
from nexus.engines.experiment.report.plots.picture import Picture
from nexus.engines.experiment.report.plots.svg import (
    FONT_SIZE,
    WIDTH,
    element,
    line,
    picture,
    shorten,
    text,
    text_width,
)
from nexus.engines.experiment.report.table import Table
from nexus.engines.experiment.report.variants import colour, label
from nexus.engines.experiment.report.wording import (
    NO_FIGURE,
    bar,
    number,
    percent,
    times,
)

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome, Part
    from nexus.engines.experiment.report.plots.axes import Axis

__all__ = ["ratio_picture"]

_MARGIN = 14.0
_TOP = 30.0  # room for the words on the bar
_ROW = 48.0
_AXIS_ROOM = 54.0  # ticks and the axis' title
_TICK_GAP = 52.0


def ratio_picture(part: "Part", outcome: "Outcome") -> Picture:
    """Draw a timed claim: a row for every case, the bar as a line, a logarithmic axis."""
    axis = _axis(outcome)
    foot = _TOP + _ROW * len(cases_of(outcome))
    tint = colour(part, outcome.variant)
    children = [*_bars(outcome, axis, foot)]
    for index, case in enumerate(cases_of(outcome)):
        # A lab without parameters has one case, which needs no name; the variant does.
        name = case_name(case) if case.case else label(part, outcome.variant)
        children += _row(case, name, axis, _TOP + index * _ROW, tint)
    children += _scale(axis, foot, _axis_title(part, outcome))
    pair = f"{label(part, outcome.variant)} against {label(part, outcome.against)}"
    title = f"{pair}, {outcome.measure}: {outcome.sentence or outcome.verdict}"
    return Picture(
        key=f"ratio-{outcome.claim}",
        claims=(outcome.claim,),
        title=title,
        caption=f"{_subject(part, outcome)}. Points are medians, the lines through them "
        f"intervals; {_bar_words(outcome)}.",
        svg=picture(
            title=title,
            description=_description(outcome),
            height=foot + _AXIS_ROOM,
            children=children,
        ),
        table=_table(outcome, title),
    )


def _axis(outcome: "Outcome") -> "Axis":
    shown = [*_bar_edges(outcome)]
    for case in cases_of(outcome):
        shown += [value for value in (case.value, *(case.interval or ())) if value]
    return ratio_axis(shown, _MARGIN, WIDTH - _MARGIN)


def _bar_edges(outcome: "Outcome") -> tuple[float, ...]:
    """Return where the bar is drawn: one ratio, or both ends of "equal within"; none without it.

    The bar of an equality is the upper end of its band; the band is symmetric in logarithms.
    """
    ratio = outcome.bar
    if outcome.kind == "equal":
        return (1 / ratio, ratio) if ratio is not None and ratio > 1 else ()
    return (ratio,) if ratio is not None and ratio > 0 else ()


def _bars(outcome: "Outcome", axis: "Axis", foot: float) -> list[str]:
    edges = _bar_edges(outcome)
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
    words = _bar_label(outcome)
    half = text_width(words) / 2
    middle = min(max(sum(positions) / len(positions), half), WIDTH - half)
    parts.append(text(words, middle, FONT_SIZE, anchor="middle", class_="bar-label"))
    return parts


def _bar_label(outcome: "Outcome") -> str:
    ratio = outcome.bar or 0.0
    if outcome.kind == "equal":
        return f"claim: equal within {percent(ratio - 1)}"
    return f"claim: at least {bar(ratio)}"


def _bar_words(outcome: "Outcome") -> str:
    if not _bar_edges(outcome):
        return "the dashed line is no difference"
    drawn = "the shaded band is" if outcome.kind == "equal" else "the upright line is"
    return f"{drawn} what the claim asks for, the dashed line no difference"


def _row(case: "CaseOutcome", name: str, axis: "Axis", top: float, tint: str) -> list[str]:
    figures = _figures(case)
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
    if case.interval:
        low, high = (axis.at(edge) for edge in case.interval)
        parts.append(line((low, height), (high, height), class_=f"interval {tint}"))
        parts += [line((x, height - 5), (x, height + 5), class_=f"cap {tint}") for x in (low, high)]
    if case.value is not None:
        parts.append(
            element(
                "circle",
                {
                    "cx": axis.at(case.value),
                    "cy": height,
                    "r": 5,
                    "class_": f"point {tint}",
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


def _scale(axis: "Axis", foot: float, title: str) -> list[str]:
    parts = [line((axis.start, foot), (axis.end, foot), class_="axis")]
    for value in axis.ticks(_TICK_GAP):
        x = axis.at(value)
        half = text_width(bar(value)) / 2
        parts.append(line((x, foot), (x, foot + 5), class_="axis"))
        at = min(max(x, half), WIDTH - half)
        parts.append(text(bar(value), at, foot + 21, anchor="middle", class_="tick"))
    at = max(min(axis.start, WIDTH - text_width(title)), 0)
    parts.append(text(title, at, foot + 44, class_="axis-title"))
    return parts


def _axis_title(part: "Part", outcome: "Outcome") -> str:
    what = "times as many as" if outcome.measure == "throughput" else "times as fast as"
    ending = " (log axis)"
    room = int(WIDTH / text_width("m")) - len(f"{what} {ending}")
    return f"{what} {shorten(label(part, outcome.against), room)}{ending}"


def _subject(part: "Part", outcome: "Outcome") -> str:
    variant, against = label(part, outcome.variant), label(part, outcome.against)
    if outcome.measure == "throughput":
        return f"Units a second of {variant}, as a multiple of {against}"
    return f"How many times as fast {variant} is as {against}"


def _description(outcome: "Outcome") -> str:
    rows = [f"{case_name(case)}: {_figures(case)}" for case in cases_of(outcome)]
    asks = f" The {_bar_label(outcome)}." if _bar_edges(outcome) else ""
    return f"{'; '.join(rows)}.{asks} Verdict: {outcome.verdict or 'none'}."


def _figures(case: "CaseOutcome") -> str:
    """Return a ratio and its interval in words: 14×, 13× to 15×."""
    if case.value is None:
        return "no estimate"
    value, *ends = times(case.value, case.interval)
    return f"{value}, {' to '.join(ends)}" if ends else value


def _table(outcome: "Outcome", title: str) -> Table:
    return Table(
        title=title,
        headers=("Case", "Ratio", "From", "To", "Pairs", "Verdict"),
        rows=tuple(_table_row(case) for case in cases_of(outcome)),
    )


def _table_row(case: "CaseOutcome") -> tuple[str, ...]:
    value, low, high = NO_FIGURE, NO_FIGURE, NO_FIGURE
    if case.value is not None:
        value, *ends = times(case.value, case.interval)
        low, high = ends or (NO_FIGURE, NO_FIGURE)
    pairs = NO_FIGURE if case.pairs is None else number(case.pairs)
    return case_name(case), value, low, high, pairs, str(case.verdict)
