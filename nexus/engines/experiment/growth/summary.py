"""The table of variants of a lab of growth: what a comparison has, and the times of each round."""

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nexus.engines.experiment.comparison.summary import milliseconds, summarise

if TYPE_CHECKING:
    from nexus.engines.experiment.document.run_document import Measure
    from nexus.engines.experiment.growth.design import Growth
    from nexus.engines.experiment.growth.schedule import GrowthRecord

__all__ = ["summarise_growth"]


def summarise_growth(lab: "Growth", record: "GrowthRecord") -> "dict[str, dict[str, Measure]]":
    """Return what `summarise` does, and by case the median of each round's times."""
    table = summarise(lab, record.counts, record.samples)
    for name, measures in table.items():
        if "time" in measures:
            rounds = _by_round(name, record)
            by_case = tuple(
                replace(figures, rounds=tuple(rounds[number]))
                for number, figures in enumerate(measures["time"].by_case)
            )
            measures["time"] = replace(measures["time"], by_case=by_case)
    return table


def _by_round(variant: str, record: "GrowthRecord") -> dict[int, list[float]]:
    """Return the median milliseconds of a call in each round, by the number of the size."""
    times: dict[tuple[int, int], list[float]] = defaultdict(list)
    for sample in record.samples:
        if sample.variant == variant:
            times[sample.case, sample.round].append(milliseconds(sample))
    medians: dict[int, list[float]] = defaultdict(list)
    for (case, _), values in sorted(times.items()):
        medians[case].append(float(f"{np.median(values):.4g}"))
    return medians
