"""What a plot comes to: the drawing, what it says, and its figures as a table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Picture", "Table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows, as text; the first cell of a row names it."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing for the claims whose ids are in `claims`; `svg` is markup, already escaped.

    `key` tells the pictures of one document apart.
    """

    key: str
    claims: tuple[str, ...]
    title: str
    caption: str
    svg: str
    table: Table
