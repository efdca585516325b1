"""Exact counts come first: they need no statistics and are a gate of their own."""

from typing import TYPE_CHECKING

from nexus.engines.experiment.measuring.units import call_variant
from nexus.engines.experiment.model.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nexus.engines.experiment.comparison.design import Comparison
    from nexus.engines.experiment.comparison.streams import Counts
    from nexus.engines.experiment.model.bench import Bench

__all__ = ["exact_counts"]


def exact_counts(lab: "Comparison", bench: "Bench", tell: "Callable[[str], None]") -> "Counts":
    """Count what each variant does in each case, twice, since an exact count repeats.

    Raise LabError when an expectation is about something that this bench does not count.
    """
    counts: Counts = {}
    for number, case in enumerate(lab.case_list):
        for name, variant in lab.variants.items():
            tell(f"counting what {variant.label} does")
            readings = []
            for _ in range(2):
                with bench.counting() as counted:
                    call_variant(variant, case)
                readings.append(dict(counted))
            counts[name, number] = (readings[0], readings[1])
    _check_measures(lab, counts)
    return counts


def _check_measures(lab: "Comparison", counts: "Counts") -> None:
    counted = next(iter(counts.values()))[0]
    for expectation in lab.expectations:
        measure = getattr(expectation, "measure", "time")
        if measure != "time" and measure not in counted:
            raise LabError(
                f'{expectation.claim} asks for "{measure}", which is not counted here; expect one '
                f"of {', '.join(counted) or 'no counts at all'} instead."
            )
