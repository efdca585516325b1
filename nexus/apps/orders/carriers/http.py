"""Carriers with an HTTP API.

A carrier receives `{"country", "postal_code", "pieces", "value", "currency"}` and responds with
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
    """A carrier at a URL."""

    name: str
    address: str
    client: httpx.AsyncClient

    async def quote(self, parcel: Parcel) -> list[Offer]:
        """Send one request. Raises `CarrierError`."""
        payload = {
            "country": parcel.country,
            "postal_code": parcel.postal_code,
            "pieces": parcel.pieces,
            "value": str(parcel.value),
            "currency": parcel.currency,
        }
        try:
            body = await self._post(payload)
        except httpx.HTTPError as error:
            raise CarrierError(f"Request to {self.name} failed: {error!r}.") from error
        try:
            offers = json.loads(body)["offers"]
            return [_read(offer) for offer in offers if offer["currency"] == parcel.currency]
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise CarrierError(f"{self.name} returned an invalid list of offers.") from error

    async def _post(self, payload: Mapping[str, Any]) -> bytes:
        body = b""
        async with self.client.stream("POST", self.address, json=payload) as response:
            if response.status_code != HTTPStatus.OK:
                raise CarrierError(f"{self.name} returned status {response.status_code}.")
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise CarrierError(f"{self.name} returned too large a response.")
        return body


@asynccontextmanager
async def carriers_at(addresses: Mapping[str, str]) -> AsyncIterator[list[Carrier]]:
    """Yield the carriers at these URLs, by name; they share one connection pool.

    Connections belong to the event loop that opened them, so none outlives a request. There is no
    timeout: the caller sets a deadline, which cancels a connection at any point.
    """
    async with httpx.AsyncClient(
        verify=_tls(),
        timeout=None,  # noqa: S113 -- see above
        trust_env=False,
    ) as client:
        yield [HttpCarrier(name, address, client) for name, address in addresses.items()]


@cache
def _tls() -> "ssl.SSLContext":
    """Return the TLS context, cached because loading the CA certificates takes about 20 ms."""
    return httpx.create_ssl_context()


def _read(offer: Any) -> Offer:
    price, days = Decimal(str(offer["price"])), int(offer["days"])
    if not (price.is_finite() and 0 <= price < MAX_PRICE and 0 <= days <= MAX_DAYS):
        raise ValueError("price or delivery time out of range")
    return Offer(ShippingMethod(offer["method"]), price.quantize(CENT), days)
