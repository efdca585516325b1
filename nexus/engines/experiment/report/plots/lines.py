"""What drawings with lines have in common: the frame, marks below it, and names on the lines."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.svg import (
    FONT_SIZE,
    WIDTH,
    element,
    line,
    shorten,
    spread,
    text,
    text_width,
)
from nexus.engines.experiment.report.wording import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nexus.engines.experiment.report.plots.axes import Axis

__all__ = [
    "FOOT",
    "HEIGHT",
    "RIGHT",
    "TICK_GAP",
    "TOP",
    "Name",
    "across_ticks",
    "frame",
    "left_of",
    "names_on_lines",
    "polyline",
]

TOP = 34.0
FOOT = 250.0
HEIGHT = 302.0
TICK_GAP = 34.0
_WORD_GAP = 8.0
_NAME_ROOM = 124.0  # for the names of the lines, right of the last point
_NAME_LENGTH = 13
_NAME_GAP = 38.0  # a name and its figure, two lines of text
RIGHT = WIDTH - _NAME_ROOM - 12


@dataclass(frozen=True, slots=True)
class Name:
    """A line's name and the figure below it; `y` is where the line ends."""

    label: str
    figure: str
    colour: str
    y: float


def left_of(axis: "Axis") -> float:
    """Return where the frame begins: right of the widest figure on the upright axis."""
    return max(text_width(compact(value)) for value in axis.ticks(TICK_GAP)) + 10


def frame(axis: "Axis", left: float, *, name: str) -> list[str]:
    """Return the foot of the drawing, and the upright axis with its title and grid."""
    right = RIGHT + 7  # clear of the names
    parts = [
        text(shorten(name, 48), 0, FONT_SIZE, class_="axis-title"),
        line((left, FOOT), (right, FOOT), class_="axis"),
    ]
    for value in axis.ticks(TICK_GAP):
        y = axis.at(value)
        parts.append(line((left, y), (right, y), class_="grid"))
        parts.append(text(compact(value), left - 6, y + 5, anchor="end", class_="tick"))
    return parts


def across_ticks(marks: "Iterable[tuple[str, float]]", start: float, title: str) -> list[str]:
    """Return the marks below the foot, each with its word where there is room, and the title."""
    parts: list[str] = []
    taken = -1.0
    for words, x in sorted(marks, key=lambda mark: mark[1]):
        parts.append(line((x, FOOT), (x, FOOT + 5), class_="axis"))
        half = text_width(words) / 2
        at = max(x, half)
        if at - half > taken:
            parts.append(text(words, at, FOOT + 22, anchor="middle", class_="tick"))
            taken = at + half + _WORD_GAP
    if title:
        parts.append(text(shorten(title, 36), start, FOOT + 44, class_="axis-title"))
    return parts


def polyline(places: "Sequence[tuple[float, float]]", *, class_: str) -> str:
    """Return a line through the places, from left to right."""
    return element(
        "polyline",
        {
            "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in sorted(places)),
            "class_": class_,
            "fill": "none",
            "stroke": "currentColor",
        },
    )


def names_on_lines(names: "Sequence[Name]") -> list[str]:
    """Return each name next to the end of its line, moved apart where two would overlap."""
    placed = spread([name.y for name in names], _NAME_GAP, TOP + 4, FOOT - 14)
    parts: list[str] = []
    x = WIDTH - _NAME_ROOM + 2
    for name, y in zip(names, placed, strict=True):
        label = shorten(name.label, _NAME_LENGTH)
        parts.append(text(label, x, y, class_=f"name {name.colour}"))
        parts.append(text(name.figure, x, y + 17, class_=f"name-figure {name.colour}"))
    return parts
