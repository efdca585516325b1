"""How often: for each variant, in how many trials an event happened, and how many units in all."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.picture import Picture
from nexus.engines.experiment.report.plots.svg import (
    FONT_SIZE,
    WIDTH,
    element,
    picture,
    shorten,
    text,
    text_width,
)
from nexus.engines.experiment.report.table import Table
from nexus.engines.experiment.report.variants import colour, label, variant_names
from nexus.engines.experiment.report.wording import NO_FIGURE, number, spaced

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import Outcome, Part

__all__ = ["trials_picture"]

_MARGIN = 8.0
_PER_LINE = 40
_DOTS_UP_TO = 80  # more trials than this are drawn as a bar
_STEP = (WIDTH - 2 * _MARGIN) / _PER_LINE
_LABEL = 22.0
_GAP = 14.0


def trials_picture(part: "Part", measure: str, outcomes: "tuple[Outcome, ...]") -> Picture | None:
    """Draw an event: one mark for each trial, filled where it happened. `None` without trials."""
    rows = [
        (variant, figures)
        for variant in variant_names(part)
        if (figures := _row_figures(part, variant, measure)) is not None
    ]
    if not rows:
        return None
    children: list[str] = []
    top = 0.0
    for variant, (hits, trials, units) in rows:
        words = _words(hits, trials, units)
        room = int((WIDTH - 2 * _MARGIN - text_width(words)) / text_width("m")) - 1
        name = shorten(label(part, variant), max(room, 8))
        children.append(text(name, _MARGIN, top + FONT_SIZE, class_="label"))
        children.append(text(words, WIDTH - _MARGIN, top + FONT_SIZE, anchor="end", class_="label"))
        drawn, height = _marks(hits, trials, top + _LABEL, colour(part, variant))
        children += drawn
        top += _LABEL + height + _GAP
    event = spaced(measure)
    said = "; ".join(f"{label(part, name)}: {_words(*figures)}" for name, figures in rows)
    title = f"Trials in which units were {event}: {said}"
    return Picture(
        key=f"trials-{measure}",
        claims=tuple(outcome.claim for outcome in outcomes),
        title=title,
        caption=f"Each mark is a trial; it is filled when something was {event}."
        + _unknown_words(outcomes),
        svg=picture(
            title=title,
            description=" ".join(f"{item.sentence}." for item in outcomes if item.sentence) or said,
            height=top,
            children=children,
        ),
        table=Table(
            title=f"Trials, {event}",
            headers=("Variant", "Trials", f"Trials with {event}", "Units in all"),
            rows=tuple(
                (
                    label(part, name),
                    number(trials),
                    number(hits),
                    NO_FIGURE if units is None else number(units),
                )
                for name, (hits, trials, units) in rows
            ),
        ),
    )


def _row_figures(part: "Part", variant: str, measure: str) -> tuple[int, int, float | None] | None:
    counts = part.variants.get(variant, {}).get(measure)
    if counts is None:
        return None
    hits, trials = counts.trials_with, counts.n
    if hits is None or trials is None or trials < 1:
        return None
    return min(max(hits, 0), trials), trials, counts.total


def _unknown_words(outcomes: "tuple[Outcome, ...]") -> str:
    """Return how many attempts timed out or raised: they count as neither success nor failure."""
    unknown = sum(case.unknown or 0 for outcome in outcomes for case in outcome.cases)
    if not unknown:
        return ""
    return f" Attempts with an unknown outcome: {number(unknown)}; the final state decides."


def _words(hits: int, trials: int, units: float | None) -> str:
    if not hits:
        return f"none in {number(trials)}"
    ending = "" if units is None else f", {number(units)} units"
    return f"{number(hits)} of {number(trials)}{ending}"


def _marks(hits: int, trials: int, top: float, colour: str) -> tuple[list[str], float]:
    if trials > _DOTS_UP_TO:
        return _bar(hits / trials, top, colour), 16.0
    radius = _STEP / 2 - 1.6
    parts = [
        element(
            "circle",
            {
                "cx": _MARGIN + (index % _PER_LINE + 0.5) * _STEP,
                "cy": top + (index // _PER_LINE + 0.5) * _STEP,
                "r": radius,
                "class_": f"{'hit' if index < hits else 'miss'} {colour}",
                "fill": "currentColor" if index < hits else "none",
                "stroke": "currentColor",
            },
        )
        for index in range(trials)
    ]
    return parts, _STEP * ((trials - 1) // _PER_LINE + 1)


def _bar(share: float, top: float, colour: str) -> list[str]:
    whole = WIDTH - 2 * _MARGIN
    frame: dict[str, str | float] = {"x": _MARGIN, "y": top, "height": 14}
    return [
        element(
            "rect",
            {**frame, "width": whole * share, "class_": f"hit {colour}", "fill": "currentColor"},
        ),
        element(
            "rect",
            {
                **frame,
                "width": whole,
                "class_": f"miss {colour}",
                "fill": "none",
                "stroke": "currentColor",
            },
        ),
    ]
