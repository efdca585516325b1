"""The second opinion: how far the rounds of a run agree with one another.

Pairs of one round share a connection, a backend process and its memory layout, and are no
independent witnesses of an effect that comes with the connection. A bootstrap that draws whole
rounds shows how much such an effect could move the median. Few rounds look more alike than they
are, so the percentile interval is stretched about the median by the factor that Student's t asks
for. Sources: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13;
Cameron, Gelbach and Miller, "Bootstrap-based improvements for inference with clustered errors",
2008.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from nexus.engines.experiment.statistics.sequence import UNBOUNDED

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["rounds_interval", "stretch"]

RESAMPLES = 1_000
TAIL_PERCENT = 0.5
"""What the percentile interval leaves out at either end; a thousand draws say no more reliably."""

TAIL_Z = 2.5758293035489004
"""The normal quantile that leaves as much above it."""

Z = 3.090232306167813
"""The normal quantile wanted. It leaves 0.1 % at either end, since the rounds are asked about
five times in a run, and the five together are to be wrong in 1 % of runs at most."""

MIN_ROUNDS = 3


def stretch(rounds: int) -> float:
    """Return by how much the percentile interval of so many rounds is to be lengthened.

    The quantile of Student's t is Cornish's and Fisher's expansion about the normal one (1960),
    good to 2 % from 5 degrees of freedom on.
    """
    freedom = rounds - 1
    quantile = (
        Z
        + (Z**3 + Z) / (4 * freedom)
        + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)
        + (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / (384 * freedom**3)
    )
    return quantile / TAIL_Z * math.sqrt(rounds / freedom)


def rounds_interval(
    measured: "Sequence[float]", rounds: "Sequence[int]", seed: int
) -> tuple[float, float]:
    """Return the 99.8 % interval of the median when rounds are drawn with replacement.

    `rounds` gives the round of each value. With fewer than three rounds nothing can be said and
    the interval is unbounded.
    """
    values = np.asarray(measured, dtype=float)
    _, round_of = np.unique(np.asarray(rounds), return_inverse=True)
    count = int(round_of.max()) + 1 if len(values) else 0
    if count < MIN_ROUNDS:
        return UNBOUNDED
    order = np.argsort(values, kind="stable")
    values, round_of = values[order], round_of[order]
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(count, [1 / count] * count, size=RESAMPLES).astype(np.int32)
    weight = np.cumsum(drawn[:, round_of], axis=1)
    half = weight[:, -1:] / 2
    medians = values[np.argmax(weight >= half, axis=1)]
    low, high = np.percentile(medians, (TAIL_PERCENT, 100 - TAIL_PERCENT))
    middle = float(np.median(values))
    factor = stretch(count)
    return middle - factor * (middle - float(low)), middle + factor * (float(high) - middle)
