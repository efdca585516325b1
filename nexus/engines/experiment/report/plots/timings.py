"""The times of each variant, as a table: too many figures for a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.picture import Table
from nexus.engines.experiment.report.plots.wording import NO_FIGURE, case_label, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nexus.engines.experiment.report.plots.document import Counts, Result

__all__ = ["timings_table"]

_COLUMNS = ("median", "p95", "p99", "n")


def timings_table(result: Result) -> Table | None:
    """Return median, 95th and 99th percentile of the times of each variant in each case."""
    rows: list[tuple[str, ...]] = []
    unit = "ms"
    for variant, measures in result.measures.items():
        times = measures.get("time")
        if times is None:
            continue
        unit = times.unit or unit
        rows += [(result.label(variant), *row) for row in _rows(times)]
    if not rows:
        return None
    headers = ("Variant", "Case", f"Median, {unit}", f"p95, {unit}", f"p99, {unit}", "Units timed")
    return Table(title="Times of each variant", headers=headers, rows=tuple(rows))


def _rows(times: Counts) -> list[tuple[str, ...]]:
    cases: list[tuple[Mapping[str, object], Mapping[str, float | None]]] = [*times.by_case]
    return [
        (
            case_label(case),
            *(
                NO_FIGURE if (value := figures.get(name)) is None else number(value)
                for name in _COLUMNS
            ),
        )
        for case, figures in cases or [({}, times.total)]
    ]
