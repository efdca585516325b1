"""From a cart to an order."""

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
"""For how long an order keeps its stock without being paid."""

# Crockford's base 32: no letter that is taken for a digit, and no vowel that makes a word but A
# and E.
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an order goes."""

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
    """Order what is in the cart, at the prices of now; the cart is empty afterwards.

    Stock is taken, the order and its lines are written, and its history begins, all or nothing.
    With the `quote` of a carrier its price and its method count, without one the flat price.
    Raises `CartEmptyError`, `OutOfStockError`, `CartCurrencyError`, `ShippingUnavailableError`,
    `TotalChangedError` where it would cost another sum than the buyer has seen, and what
    `read_quote` raises.
    """
    # Locked: of two requests at one moment the second finds the cart empty.
    cart = locked_cart(by)
    wanted = dict(cart.lines.values_list("product_id", "quantity"))
    if not wanted:
        raise CartEmptyError
    chosen = _chosen(quote, wanted, address, by)
    number = _make_number()
    taken = take_stock(wanted=wanted, reference=f"order {number}", by=by)
    order = _new_order(taken, chosen or shipping_method, number, address, by)
    if expected_total is not None and expected_total != order.total:
        raise TotalChangedError(f"The total is now {order.total} {order.currency}.")
    order.save()
    OrderLine.objects.bulk_create(_line(order, one) for one in taken)
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
    """Return the columns of an order that say how it travels, and what that costs."""
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
    currencies = {one.currency for one in taken}
    if len(currencies) > 1:
        raise CartCurrencyError
    currency = currencies.pop()
    lines_total = sum((one.price * one.quantity for one in taken), Decimal(0))
    shipping = _shipping(way, currency)
    merchants = {one.owner_id for one in taken}
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


def _line(order: Order, one: TakenStock) -> OrderLine:
    return OrderLine(
        order=order,
        product_id=one.product_id,
        merchant_id=one.owner_id,
        sku=one.sku,
        name=one.name,
        price=one.price,
        quantity=one.quantity,
    )


def _make_number() -> str:
    """Make a number of 60 bits, in three groups that people can read out."""
    signs = [secrets.choice(SIGNS) for _ in range(12)]
    return "-".join("".join(signs[start : start + 4]) for start in (0, 4, 8))
