"""Carriers that are asked over HTTP.

A carrier gets `{"country", "postal_code", "pieces", "value", "currency"}` and answers with
`{"offers": [{"method", "price", "currency", "days"}]}`.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx

from nexus.apps.orders.carriers.protocol import Carrier, CarrierError, Offer, Parcel
from nexus.apps.orders.shipping import ShippingMethod

if TYPE_CHECKING:
    import ssl

__all__ = ["HttpCarrier", "carriers_at"]

MAX_ANSWER_BYTES = 64 * 1024
MAX_PRICE, MAX_DAYS = Decimal(10) ** 9, 365
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class HttpCarrier:
    """A carrier at an address."""

    name: str
    address: str
    client: httpx.AsyncClient

    async def quote(self, parcel: Parcel) -> list[Offer]:
        """Ask once. Raises `CarrierError`."""
        asked = {
            "country": parcel.country,
            "postal_code": parcel.postal_code,
            "pieces": parcel.pieces,
            "value": str(parcel.value),
            "currency": parcel.currency,
        }
        try:
            body = await self._post(asked)
        except httpx.HTTPError as error:
            raise CarrierError(f"{self.name} cannot be asked: {error!r}.") from error
        try:
            offers = json.loads(body)["offers"]
            return [_read(offer) for offer in offers if offer["currency"] == parcel.currency]
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise CarrierError(f"{self.name} answered what is no list of offers.") from error

    async def _post(self, asked: Mapping[str, Any]) -> bytes:
        body = b""
        async with self.client.stream("POST", self.address, json=asked) as answer:
            if answer.status_code != HTTPStatus.OK:
                raise CarrierError(f"{self.name} answered {answer.status_code}.")
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise CarrierError(f"{self.name} answered with too much.")
        return body


@asynccontextmanager
async def carriers_at(addresses: Mapping[str, str]) -> AsyncIterator[list[Carrier]]:
    """Return carriers by their names and addresses, with one pool of connections among them.

    Connections belong to the loop that opened them, so none outlives a request. There is no
    timeout: whoever asks sets the deadline, which ends a connection wherever it is.
    """
    async with httpx.AsyncClient(
        verify=_tls(),
        timeout=None,  # noqa: S113 -- see above
        trust_env=False,
    ) as client:
        yield [HttpCarrier(name, address, client) for name, address in addresses.items()]


@cache
def _tls() -> "ssl.SSLContext":
    """Return the context of every client: to read the authorities takes some 20 ms."""
    return httpx.create_ssl_context()


def _read(offer: Any) -> Offer:
    price, days = Decimal(str(offer["price"])), int(offer["days"])
    if not (price.is_finite() and 0 <= price < MAX_PRICE and 0 <= days <= MAX_DAYS):
        raise ValueError("no price or no time that can be")
    return Offer(ShippingMethod(offer["method"]), price.quantize(CENT), days)
