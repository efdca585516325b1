"""What orders ask of whoever takes parcels to people."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from nexus.apps.orders.shipping import ShippingMethod

__all__ = ["Carrier", "CarrierError", "Offer", "Parcel"]


class CarrierError(Exception):
    """A carrier could not be understood, or said that it cannot tell."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent, and where to; nothing of who gets it."""

    country: str
    postal_code: str
    pieces: int
    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to send a parcel, in the parcel's currency."""

    method: ShippingMethod
    price: Decimal
    days: int


class Carrier(Protocol):
    """Who takes parcels to people."""

    @property
    def name(self) -> str:
        """The word by which buyers and merchants know it."""
        ...

    async def quote(self, parcel: Parcel) -> list[Offer]:
        """Return the ways in which it would take a parcel; none is an answer too.

        It is cancelled where it takes too long. Raises `CarrierError`.
        """
        ...
