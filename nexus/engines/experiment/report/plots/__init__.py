"""Plots of a run document, drawn as SVG on the server: no script, no Django, one table each."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.report.plots.counts import counts_picture
from nexus.engines.experiment.report.plots.growth import growth_picture
from nexus.engines.experiment.report.plots.picture import Picture
from nexus.engines.experiment.report.plots.ratios import ratio_picture
from nexus.engines.experiment.report.plots.trials import trials_picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nexus.engines.experiment.document.run_document import Outcome, Part, RunDocument

__all__ = ["Picture", "pictures"]

SINGLE = {"time": ratio_picture, "throughput": ratio_picture, "equal": ratio_picture}
"""Kinds of outcome that have a picture each."""

SHARED = {"count": counts_picture, "events": trials_picture, "growth": growth_picture}
"""Kinds of outcome that share one picture for each measure."""


def pictures(document: "RunDocument") -> tuple[Picture, ...]:
    """Draw a run document.

    Claims about the same count or event share one picture, and so do those about growth; every
    ratio has its own. The order is that of the expectations. An expectation without
    figures has no picture.
    """
    return tuple(picture for part in document.parts for picture in _pictures(part))


def _pictures(part: "Part") -> "Iterator[Picture]":
    drawn: set[tuple[str, str]] = set()
    for outcome in part.expectations:
        kind = (outcome.kind, outcome.measure)
        if outcome.kind in SINGLE:
            if any(case.value is not None for case in outcome.cases or (outcome,)):
                yield SINGLE[outcome.kind](part, outcome)
        elif outcome.kind in SHARED and kind not in drawn:
            drawn.add(kind)
            picture = SHARED[outcome.kind](part, outcome.measure, _alike(part, outcome))
            if picture is not None:
                yield picture


def _alike(part: "Part", outcome: "Outcome") -> "tuple[Outcome, ...]":
    kind = (outcome.kind, outcome.measure)
    return tuple(other for other in part.expectations if (other.kind, other.measure) == kind)
