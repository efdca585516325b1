"""Plots of a result document, drawn as SVG on the server: no script, no Django, one table each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.counts import counts_picture
from nexus.engines.experiment.report.plots.document import read
from nexus.engines.experiment.report.plots.growth import growth_picture
from nexus.engines.experiment.report.plots.picture import Picture, Table
from nexus.engines.experiment.report.plots.ratios import ratio_picture
from nexus.engines.experiment.report.plots.timings import timings_table
from nexus.engines.experiment.report.plots.trials import trials_picture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nexus.engines.experiment.report.plots.document import Finding, Result

__all__ = ["Picture", "Table", "pictures", "timings"]

_RATIOS = frozenset({"time", "throughput", "equal"})
_SHARED = {"count": counts_picture, "events": trials_picture, "growth": growth_picture}


def pictures(document: Mapping[str, object]) -> tuple[Picture, ...]:
    """Draw a result document (`nexus.run/1`).

    Claims about the same count or event share one picture, and so do those about growth; every
    ratio has its own. The order is that of the expectations. An expectation without
    figures has no picture.
    """
    result = read(document)
    drawn: list[Picture] = []
    done: set[tuple[str, str]] = set()
    for finding in result.findings:
        if (finding.kind, finding.measure) in done:
            continue
        if finding.kind in _RATIOS:
            if any(estimate.value is not None for estimate in finding.estimates):
                drawn.append(ratio_picture(result, finding))
        elif finding.kind in _SHARED:
            done.add((finding.kind, finding.measure))
            shared = _alike(result, finding)
            picture = _SHARED[finding.kind](result, finding.measure, shared)
            drawn += [picture] if picture else []
    return tuple(drawn)


def timings(document: Mapping[str, object]) -> Table | None:
    """Return the times of each variant in each case as a table, `None` when none were taken."""
    return timings_table(read(document))


def _alike(result: Result, finding: Finding) -> tuple[Finding, ...]:
    return tuple(
        other
        for other in result.findings
        if (other.kind, other.measure) == (finding.kind, finding.measure)
    )
