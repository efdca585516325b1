"""The words a run may answer with, and when an interval settles a claim."""

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from nexus.engines.experiment.model.expectation import AtLeast, Equal, Exponent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nexus.engines.experiment.model.expectation import Rated

__all__ = ["Verdict", "overall", "settled"]


class Verdict(StrEnum):
    """What a run says of a claim. `unavailable` is for callers: a needed component is missing."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNAVAILABLE = "unavailable"


def overall(verdicts: "Iterable[Verdict]") -> Verdict:
    """Return the verdict on several claims, or cases, that must all hold."""
    found = set(verdicts)
    for verdict in (Verdict.REFUTED, Verdict.UNAVAILABLE, Verdict.INCONCLUSIVE):
        if verdict in found:
            return verdict
    return Verdict.SUPPORTED


def settled(claim: "Rated | Exponent", ends: tuple[float, float]) -> Verdict | None:
    """Return what an interval says of `claim`, or None while it says nothing.

    It is an interval of exponents, or of log ratios: how many times as good the variant is as its
    opponent.
    """
    low, high = ends
    if isinstance(claim, Equal):
        band = math.log(1 + claim.within)
        if -band <= low and high <= band:
            return Verdict.SUPPORTED
        return Verdict.REFUTED if low > band or high < -band else None
    bar = _bar(claim)
    above, below = Verdict.SUPPORTED, Verdict.REFUTED
    if isinstance(claim, Exponent) and claim.at_most is not None:
        above, below = below, above
    if low >= bar:
        return above
    return below if high < bar else None


def _bar(claim: "Rated | Exponent") -> float:
    if isinstance(claim, Exponent):
        return claim.bar
    if isinstance(claim, AtLeast):
        return math.log(claim.ratio)
    raise TypeError(f"{type(claim).__name__} is settled by no interval.")
