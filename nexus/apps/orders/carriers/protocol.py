"""The interface of a shipping carrier."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from nexus.apps.orders.shipping import ShippingMethod

__all__ = ["Carrier", "CarrierError", "Offer", "Parcel"]


class CarrierError(Exception):
    """A carrier failed or returned an invalid response."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """The parcel and its destination, without personal data of the recipient."""

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
    """A shipping carrier."""

    @property
    def name(self) -> str:
        """The name that buyers and merchants see."""
        ...

    async def quote(self, parcel: Parcel) -> list[Offer]:
        """Return the offers for a parcel; the list may be empty.

        The call is cancelled if it takes too long. Raises `CarrierError`.
        """
        ...
