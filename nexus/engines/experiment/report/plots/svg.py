"""SVG elements as text: every value is escaped here, and only here; and how long text may be."""

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "FONT_SIZE",
    "WIDTH",
    "element",
    "line",
    "picture",
    "shorten",
    "spread",
    "text",
    "text_width",
]

# Drawn 420 units wide, letters of 16 units are 11 px on a phone of 360 px and 17 px on a desk.
WIDTH = 420
FONT_SIZE = 16
_MEAN_GLYPH = 0.56  # width of a mean sans-serif glyph, in font sizes; errs on the wide side
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, attributes: dict[str, str | float], *children: str) -> str:
    """Return one element; children are markup already. Underscores in names become hyphens."""
    parts = [name]
    for key, value in attributes.items():
        written = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        parts.append(f'{key.rstrip("_").replace("_", "-")}="{_escape(written)}"')
    opening = " ".join(parts)
    return f"<{opening}>{''.join(children)}</{name}>" if children else f"<{opening}/>"


def text(content: str, x: float, y: float, *, anchor: str = "start", class_: str = "") -> str:
    """Return a line of text whose baseline is at `y`."""
    attributes: dict[str, str | float] = {"x": float(x), "y": float(y), "font_size": FONT_SIZE}
    attributes["text_anchor"] = anchor
    attributes["fill"] = "currentColor"
    if class_:
        attributes["class_"] = class_
    return element("text", attributes, _escape(content))


def line(start: tuple[float, float], end: tuple[float, float], *, class_: str) -> str:
    """Return a straight line from `start` to `end`, each (x, y)."""
    return element(
        "line",
        {
            "x1": float(start[0]),
            "y1": float(start[1]),
            "x2": float(end[0]),
            "y2": float(end[1]),
            "class_": class_,
            "stroke": "currentColor",
        },
    )


def picture(*, title: str, description: str, height: float, children: list[str]) -> str:
    """Return the whole drawing, as wide as `WIDTH`, with its alternative text."""
    return element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height:.0f}",
            "role": "img",
            "class_": "drawing",
        },
        f"<title>{_escape(title)}</title>",
        f"<desc>{_escape(description)}</desc>",
        *children,
    )


def text_width(content: str) -> float:
    """Estimate how wide a line of text is, in units."""
    return len(content) * FONT_SIZE * _MEAN_GLYPH


def shorten(content: str, limit: int) -> str:
    """Return `content` in at most `limit` characters, with an ellipsis where it was cut."""
    return content if len(content) <= limit else content[: max(limit - 1, 0)].rstrip() + "…"


def spread(positions: "Sequence[float]", gap: float, low: float, high: float) -> list[float]:
    """Move positions as little as needed to be `gap` apart, within `low` to `high`.

    Where they cannot all fit, they are as far apart as the room allows.
    """
    if not positions:
        return []
    gap = min(gap, (high - low) / max(len(positions) - 1, 1))
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    spread_out = [0.0] * len(positions)
    floor = low
    for index in order:
        spread_out[index] = max(positions[index], floor)
        floor = spread_out[index] + gap
    ceiling = high
    for index in reversed(order):
        spread_out[index] = min(spread_out[index], ceiling)
        ceiling = spread_out[index] - gap
    return spread_out


def _escape(value: str) -> str:
    return html.escape(_NOT_XML.sub("�", value), quote=True)
