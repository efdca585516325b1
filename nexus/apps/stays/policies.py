"""Refunds of cancelled bookings, and the states of a booking."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

__all__ = ["RULES", "BookingStatus", "CancellationPolicy", "refund"]

CENT = Decimal("0.01")


class BookingStatus(StrEnum):
    """The status of a booking."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


class CancellationPolicy(StrEnum):
    """How much of the price is refunded on cancellation; `RULES` has the figures."""

    FLEXIBLE = "flexible"
    MODERATE = "moderate"
    STRICT = "strict"


RULES: Mapping[CancellationPolicy, tuple[tuple[int, Decimal], ...]] = {
    CancellationPolicy.FLEXIBLE: ((1, Decimal(1)),),
    CancellationPolicy.MODERATE: ((5, Decimal(1)), (1, Decimal("0.5"))),
    CancellationPolicy.STRICT: ((14, Decimal(1)), (7, Decimal("0.5"))),
}
"""For each policy, pairs of the minimum number of days before arrival and the share refunded, the
most days first. Later than the last, nothing is refunded."""


def refund(total: Decimal, policy: CancellationPolicy, *, days_before: int) -> Decimal:
    """Return the refund of a booking cancelled `days_before` arrival; half a cent is rounded up."""
    shares = (share for days, share in RULES[policy] if days_before >= days)
    return (total * next(shares, Decimal(0))).quantize(CENT, ROUND_HALF_UP)
