"""The raw samples of a run, which are kept next to its document."""

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SampleTable"]


@dataclass(frozen=True, slots=True)
class SampleTable:
    """Raw samples: the names of the columns and the rows."""

    columns: tuple[str, ...]
    rows: "Sequence[Sequence[object]]"

    def to_csv(self) -> str:
        """Return the table as CSV text, its first line the names of the columns."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()
