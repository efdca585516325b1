"""The figures that sum up many values of one measure."""

from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Distribution", "figures_of"]

MIN_FOR_P99 = 100
"""With fewer units a 99th percentile would be the slowest unit under another name."""

DIGITS = 6


class Distribution(TypedDict):
    """Median, 95th and 99th percentile, and the number of values."""

    median: float
    p95: float
    p99: float | None
    n: int


def figures_of(values: "Sequence[float]") -> Distribution:
    """Return median, 95th and 99th percentile and the number of `values` (at least one)."""
    median, p95, p99 = np.percentile(np.asarray(values, dtype=float), (50, 95, 99))
    return {
        "median": round(float(median), DIGITS),
        "p95": round(float(p95), DIGITS),
        "p99": round(float(p99), DIGITS) if len(values) >= MIN_FOR_P99 else None,
        "n": len(values),
    }
