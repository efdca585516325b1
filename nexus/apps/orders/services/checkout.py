"""Checkout: from a cart to an order."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from nexus.apps.orders import queries
from nexus.apps.orders.errors import (
    CartCurrencyError,
    CartEmptyError,
    QuoteChangedError,
    TotalChangedError,
)
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models import Order, OrderLine
from nexus.apps.orders.services.cart import locked_cart
from nexus.apps.orders.services.history import projection, write_event
from nexus.apps.orders.services.quotes import Chosen, read_quote
from nexus.apps.orders.shipping import ShippingMethod, shipping_price
from nexus.apps.orders.states import Happened, after
from nexus.apps.products.services import TakenStock, take_stock
from nexus.core.audit.services import record

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["Address", "place_order"]

PAYABLE_FOR = timedelta(minutes=30)
"""How long an unpaid order holds its stock."""

# Crockford's base 32: no letter that can be mistaken for a digit, and few vowels that could form
# a word.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Address:
    """A shipping address."""

    recipient: str
    street: str
    city: str
    country: str
    postal_code: str = ""


# anchor: place_order
@transaction.atomic
def place_order(
    *,
    address: Address,
    shipping_method: ShippingMethod,
    by: "User",
    expected_total: Decimal | None = None,
    quote: str = "",
) -> Order:
    """Order the contents of the cart at current prices, and empty the cart.

    Stock is taken, and the order, its lines and its first event are written, all or nothing. With
    the `quote` of a carrier, its price and method apply; without one, the flat price.
    Raises `CartEmptyError`, `OutOfStockError`, `CartCurrencyError`, `ShippingUnavailableError`,
    `TotalChangedError` if the total differs from the one the buyer has seen, and what `read_quote`
    raises.
    """
    # Locked: of two concurrent requests, the second finds the cart empty.
    cart = locked_cart(by)
    wanted = dict(cart.lines.values_list("product_id", "quantity"))
    if not wanted:
        raise CartEmptyError
    offer = _chosen(quote, wanted, address, by)
    number = _make_number()
    taken = take_stock(wanted=wanted, reference=f"order {number}", by=by)
    order = _new_order(taken, offer or shipping_method, number, address, by)
    if expected_total is not None and expected_total != order.total:
        raise TotalChangedError(f"The total is now {order.total} {order.currency}.")
    order.save()
    OrderLine.objects.bulk_create(_line(order, item) for item in taken)
    write_event(order, EventKind.PLACED, by=by, amount=order.total)
    cart.lines.all().delete()
    record("order.placed", by=by, of=order, total=str(order.total), currency=order.currency)
    return queries.get_order(order.pk, by=by)


# end: place_order


def _chosen(quote: str, wanted: Mapping[int, int], address: Address, by: "User") -> Chosen | None:
    if not quote:
        return None
    return read_quote(
        quote,
        wanted=wanted,
        country=address.country,
        postal_code=address.postal_code,
        by=by,
    )


def _shipping(way: Chosen | ShippingMethod, currency: str) -> dict[str, Any]:
    """Return the columns of an order for its shipping method and price."""
    if isinstance(way, ShippingMethod):
        price = shipping_price(currency=currency, method=way)
        return {"shipping": price, "shipping_method": way.value}
    if way.currency != currency:
        raise QuoteChangedError
    return {
        "shipping": way.price,
        "shipping_method": way.shipping_method.value,
        "carrier": way.carrier,
    }


def _new_order(
    taken: list[TakenStock], way: Chosen | ShippingMethod, number: str, address: Address, by: "User"
) -> Order:
    currencies = {item.currency for item in taken}
    if len(currencies) > 1:
        raise CartCurrencyError
    currency = currencies.pop()
    lines_total = sum((item.price * item.quantity for item in taken), Decimal(0))
    shipping = _shipping(way, currency)
    merchants = {item.owner_id for item in taken}
    total = lines_total + shipping["shipping"]
    return Order(
        number=number,
        buyer_id=by.pk,
        merchant_id=merchants.pop() if len(merchants) == 1 else None,
        currency=currency,
        lines_total=lines_total,
        total=total,
        version=1,
        payable_until=timezone.now() + PAYABLE_FOR,
        **projection(after(None, Happened(kind=EventKind.PLACED, amount=total))),
        **shipping,
        **asdict(address),
    )


def _line(order: Order, item: TakenStock) -> OrderLine:
    return OrderLine(
        order=order,
        product_id=item.product_id,
        merchant_id=item.owner_id,
        sku=item.sku,
        name=item.name,
        price=item.price,
        quantity=item.quantity,
    )


def _make_number() -> str:
    """Generate a number of 60 bits, in three groups that are easy to read out."""
    characters = [secrets.choice(ALPHABET) for _ in range(12)]
    return "-".join("".join(characters[start : start + 4]) for start in (0, 4, 8))
