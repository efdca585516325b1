"""Exact counts come before the timing: they need no statistics and decide claims of their own."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.measuring.units import call_variant
from nexus.engines.experiment.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nexus.engines.experiment.model.bench import Bench
    from nexus.engines.experiment.model.lab import Lab

__all__ = ["Counts", "count_exactly"]

Counts = dict[tuple[str, int], tuple[dict[str, int], dict[str, int]]]
"""Two readings of every exact count, by variant and number of the case."""


def count_exactly(lab: "Lab", bench: "Bench", report: "Callable[[str], None]") -> Counts:
    """Count what each variant does in each case, twice, since an exact count repeats.

    Raises `LabError` when an expectation is about something that this bench does not count.
    """
    counts: Counts = {}
    for number, case in enumerate(lab.case_list):
        for name, variant in lab.variants.items():
            report(f"counting what {variant.label} does")
            readings = []
            for _ in range(2):
                with bench.counting() as reading:
                    call_variant(variant, case)
                readings.append(dict(reading))
            counts[name, number] = (readings[0], readings[1])
    _check_measures(lab, counts)
    return counts


def _check_measures(lab: "Lab", counts: Counts) -> None:
    reading = next(iter(counts.values()))[0]
    for expectation in lab.expectations:
        measure = getattr(expectation, "measure", "time")
        if measure != "time" and measure not in reading:
            raise LabError(
                f'{expectation.claim} asks for "{measure}", which is not counted here; expect one '
                f"of {', '.join(reading) or 'no counts at all'} instead."
            )
