"""What carriers would take for what is in a cart, promised for a quarter of an hour.

A quote is kept by nobody: it is signed and given to the buyer, who brings it to the checkout. It
holds for the cart, the place and the person that it was made for.
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
"""How long a buyer waits for the carriers at most."""
VALID_FOR = timedelta(minutes=15)
SALT = "orders.shipping_quote"
# To ask holds a thread of the server, and costs somebody else a request each time.
ASKING = Limit(burst=5, rate=0.5)


@dataclass(frozen=True, slots=True)
class ShippingQuote:
    """What a carrier takes; `quote` is what the checkout is sent."""

    carrier: str
    shipping_method: ShippingMethod
    price: Decimal
    currency: str
    days: int
    quote: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A carrier that did not answer, and why."""

    carrier: str
    reason: Silence


@dataclass(frozen=True, slots=True)
class ShippingQuotes:
    """What the carriers said in time, the cheapest first."""

    quotes: list[ShippingQuote]
    unanswered: list[Unanswered]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a quote that was brought back promises."""

    carrier: str
    shipping_method: ShippingMethod
    price: Decimal
    currency: str


def quote_shipping(*, country: str, by: "User", postal_code: str = "") -> ShippingQuotes:
    """Ask every carrier what it would take for the cart of `by`; nothing is written.

    No transaction is open while they are asked. Raises `CartEmptyError`, `CartCurrencyError`, and
    `ThrottledError` for who asks again and again.
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
    # A loop of its own in the thread of the request, closed at the end. `async_to_sync` would run
    # the same loop in a further thread, so that code below could come back to this one for the
    # ORM: there is none below.
    answers = asyncio.run(_ask(parcel))
    wanted = {line.product: line.quantity for line in cart.lines}
    quotes = [
        _sign(answer.carrier, offer, parcel, wanted, by)
        for answer in answers
        for offer in answer.offers
    ]
    return ShippingQuotes(
        quotes=sorted(quotes, key=lambda one: (one.price, one.carrier)),
        unanswered=[
            Unanswered(answer.carrier, answer.silence) for answer in answers if answer.silence
        ],
    )


def read_quote(
    quote: str, *, wanted: Mapping[int, int], country: str, postal_code: str, by: "User"
) -> Chosen:
    """Return what a quote promises, if it is one of ours, of now, and of this order.

    `wanted` is pieces by product. Raises `QuoteForgedError`, `QuoteExpiredError`,
    `QuoteForeignError`, `QuoteChangedError`.
    """
    try:
        told = signing.loads(quote, salt=SALT, max_age=VALID_FOR)
    except signing.SignatureExpired as error:
        raise QuoteExpiredError from error
    except signing.BadSignature as error:
        raise QuoteForgedError from error
    if told["buyer"] != by.pk:
        raise QuoteForeignError
    if told["order"] != _fingerprint(wanted, country, postal_code):
        raise QuoteChangedError
    return Chosen(
        carrier=told["carrier"],
        shipping_method=ShippingMethod(told["method"]),
        price=Decimal(told["price"]),
        currency=told["currency"],
    )


async def _ask(parcel: Parcel) -> list[Answer]:
    async with carriers_at(settings.CARRIERS) as carriers:
        return await ask_carriers(carriers, parcel, deadline_s=DEADLINE_S)


def _sign(
    carrier: str, offer: Offer, parcel: Parcel, wanted: Mapping[int, int], by: "User"
) -> ShippingQuote:
    told: dict[str, Any] = {
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
        quote=signing.dumps(told, salt=SALT),
        expires_at=timezone.now() + VALID_FOR,
    )


def _fingerprint(wanted: Mapping[int, int], country: str, postal_code: str) -> str:
    """Digest what is sent and where to."""
    text = json.dumps([sorted(wanted.items()), country, postal_code])
    return hashlib.sha256(text.encode()).hexdigest()
