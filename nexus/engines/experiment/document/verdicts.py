"""The words that a run answers with."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Verdict", "overall"]


class Verdict(StrEnum):
    """What a run says of a claim. `unavailable` means that something the run needs is missing."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNAVAILABLE = "unavailable"


def overall(verdicts: "Iterable[Verdict]") -> Verdict:
    """Return the verdict on several claims, or cases, that must all hold."""
    words = set(verdicts)
    for verdict in (Verdict.REFUTED, Verdict.UNAVAILABLE, Verdict.INCONCLUSIVE):
        if verdict in words:
            return verdict
    return Verdict.SUPPORTED
