"""A plot: the drawing, what it says, and its figures as a table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nexus.engines.experiment.report.table import Table

__all__ = ["Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing for the claims whose ids are in `claims`; `svg` is markup, already escaped.

    `key` is unique among the pictures of one document.
    """

    key: str
    claims: tuple[str, ...]
    title: str
    caption: str
    svg: str
    table: "Table"
