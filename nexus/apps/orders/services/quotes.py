"""Shipping quotes of carriers for the contents of a cart, valid for 15 minutes.

A quote is not stored: it is signed and returned to the buyer, who sends it at checkout. It is valid
only for the cart, the destination and the user it was made for.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.utils import timezone

from nexus.apps.orders import queries
from nexus.apps.orders.carriers.http import carriers_at
from nexus.apps.orders.carriers.protocol import Offer, Parcel
from nexus.apps.orders.carriers.quotes import Answer, Silence, ask_carriers
from nexus.apps.orders.errors import (
    CartCurrencyError,
    CartEmptyError,
    QuoteChangedError,
    QuoteExpiredError,
    QuoteForeignError,
    QuoteForgedError,
)
from nexus.apps.orders.shipping import ShippingMethod
from nexus.core.cache.rate_limits import Limit, raise_if_throttled, take_or_allow

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = [
    "Chosen",
    "ShippingQuote",
    "ShippingQuotes",
    "Unanswered",
    "quote_shipping",
    "read_quote",
]

DEADLINE_S = 1.5
"""How long a buyer waits for the carriers, at most."""
VALID_FOR = timedelta(minutes=15)
SALT = "orders.shipping_quote"
# A request occupies a server thread and sends a request to each carrier.
ASKING = Limit(burst=5, rate=0.5)


@dataclass(frozen=True, slots=True)
class ShippingQuote:
    """An offer of a carrier; `quote` is the token to send at checkout."""

    carrier: str
    shipping_method: ShippingMethod
    price: Decimal
    currency: str
    days: int
    quote: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A carrier that returned no offers, and why."""

    carrier: str
    reason: Silence


@dataclass(frozen=True, slots=True)
class ShippingQuotes:
    """The offers received before the deadline, cheapest first."""

    quotes: list[ShippingQuote]
    unanswered: list[Unanswered]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The offer in a quote sent at checkout."""

    carrier: str
    shipping_method: ShippingMethod
    price: Decimal
    currency: str


def quote_shipping(*, country: str, by: "User", postal_code: str = "") -> ShippingQuotes:
    """Ask every carrier for a quote for the cart of `by`; nothing is written.

    No transaction is open during the requests. Raises `CartEmptyError`, `CartCurrencyError`, and
    `ThrottledError` after too many calls.
    """
    cart = queries.get_cart(by)
    if not cart.lines:
        raise CartEmptyError
    if cart.currency is None:
        raise CartCurrencyError
    decision = take_or_allow(f"orders:quotes:{by.pk}", ASKING)
    if decision is not None:
        raise_if_throttled(decision)
    parcel = Parcel(
        country=country,
        postal_code=postal_code,
        pieces=sum(line.quantity for line in cart.lines),
        value=cart.total,
        currency=cart.currency,
    )
    # An event loop in the thread of the request, closed at the end. `async_to_sync` would run the
    # loop in another thread, so that async code could call the ORM in this one: none does.
    answers = asyncio.run(_ask(parcel))
    wanted = {line.product: line.quantity for line in cart.lines}
    quotes = [
        _sign(answer.carrier, offer, parcel, wanted, by)
        for answer in answers
        for offer in answer.offers
    ]
    return ShippingQuotes(
        quotes=sorted(quotes, key=lambda quote: (quote.price, quote.carrier)),
        unanswered=[
            Unanswered(answer.carrier, answer.silence) for answer in answers if answer.silence
        ],
    )


def read_quote(
    quote: str, *, wanted: Mapping[int, int], country: str, postal_code: str, by: "User"
) -> Chosen:
    """Return the offer in a quote, if it is authentic, valid and made for this order.

    `wanted` is the quantity by product. Raises `QuoteForgedError`, `QuoteExpiredError`,
    `QuoteForeignError`, `QuoteChangedError`.
    """
    try:
        payload = signing.loads(quote, salt=SALT, max_age=VALID_FOR)
    except signing.SignatureExpired as error:
        raise QuoteExpiredError from error
    except signing.BadSignature as error:
        raise QuoteForgedError from error
    if payload["buyer"] != by.pk:
        raise QuoteForeignError
    if payload["order"] != _fingerprint(wanted, country, postal_code):
        raise QuoteChangedError
    return Chosen(
        carrier=payload["carrier"],
        shipping_method=ShippingMethod(payload["method"]),
        price=Decimal(payload["price"]),
        currency=payload["currency"],
    )


async def _ask(parcel: Parcel) -> list[Answer]:
    async with carriers_at(settings.CARRIERS) as carriers:
        return await ask_carriers(carriers, parcel, deadline_s=DEADLINE_S)


def _sign(
    carrier: str, offer: Offer, parcel: Parcel, wanted: Mapping[int, int], by: "User"
) -> ShippingQuote:
    payload: dict[str, Any] = {
        "buyer": by.pk,
        "order": _fingerprint(wanted, parcel.country, parcel.postal_code),
        "carrier": carrier,
        "method": offer.method.value,
        "price": str(offer.price),
        "currency": parcel.currency,
    }
    return ShippingQuote(
        carrier=carrier,
        shipping_method=offer.method,
        price=offer.price,
        currency=parcel.currency,
        days=offer.days,
        quote=signing.dumps(payload, salt=SALT),
        expires_at=timezone.now() + VALID_FOR,
    )


def _fingerprint(wanted: Mapping[int, int], country: str, postal_code: str) -> str:
    """Return a digest of the contents and the destination."""
    text = json.dumps([sorted(wanted.items()), country, postal_code])
    return hashlib.sha256(text.encode()).hexdigest()
