"""Writes to a user's cart.

A cart reserves no stock and guarantees no price: both are settled when the order is placed. Each
write locks the cart's row, so that its lines can be counted.
"""

from typing import TYPE_CHECKING

from django.db import transaction

from nexus.apps.orders import queries
from nexus.apps.orders.errors import (
    CartCurrencyError,
    CartFullError,
    CartLineNotFoundError,
    QuantityError,
)
from nexus.apps.orders.models import Cart, CartLine
from nexus.apps.orders.models.carts import MAX_PIECES
from nexus.apps.products.queries import get_product

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = [
    "MAX_LINES",
    "add_to_cart",
    "clear_cart",
    "locked_cart",
    "remove_from_cart",
    "set_quantity",
]

MAX_LINES = 50
"""The maximum number of products in a cart."""


@transaction.atomic
def add_to_cart(*, product_id: int, quantity: int, by: "User") -> queries.Cart:
    """Add a quantity of a product to the cart.

    Raises `ProductNotFoundError`, `CartFullError`, `CartCurrencyError`, `QuantityError`.
    """
    cart = locked_cart(by)
    quantity_in_cart = (
        cart.lines.filter(product_id=product_id).values_list("quantity", flat=True).first()
    )
    _put(cart, product_id, (quantity_in_cart or 0) + quantity)
    return queries.get_cart(by)


@transaction.atomic
def set_quantity(*, product_id: int, quantity: int, by: "User") -> queries.Cart:
    """Set the quantity of a product in the cart, adding the product if it is not there.

    Raises `ProductNotFoundError`, `CartFullError`, `CartCurrencyError`, `QuantityError`.
    """
    _put(locked_cart(by), product_id, quantity)
    return queries.get_cart(by)


@transaction.atomic
def remove_from_cart(*, product_id: int, by: "User") -> queries.Cart:
    """Remove a product from the cart. Raises `CartLineNotFoundError`."""
    if not locked_cart(by).lines.filter(product_id=product_id).delete()[0]:
        raise CartLineNotFoundError
    return queries.get_cart(by)


@transaction.atomic
def clear_cart(*, by: "User") -> queries.Cart:
    """Remove all products from the cart."""
    locked_cart(by).lines.all().delete()
    return queries.get_cart(by)


def locked_cart(by: "User") -> Cart:
    """Return the user's cart, with its row locked until the transaction ends."""
    rows = Cart.objects.select_for_update()
    cart = rows.filter(pk=by.pk).first()
    if cart is None:
        # Of two concurrent requests, one creates the row and both read it.
        Cart.objects.bulk_create([Cart(user_id=by.pk)], ignore_conflicts=True)
        cart = rows.get(pk=by.pk)
    return cart


def _put(cart: Cart, product_id: int, quantity: int) -> None:
    if not 1 <= quantity <= MAX_PIECES:
        raise QuantityError
    # Without a viewer: a draft cannot be ordered, not even by a user who can see it.
    product = get_product(product_id)
    others = list(
        CartLine.objects.filter(cart=cart)
        .exclude(product_id=product_id)
        .values_list("product__currency", flat=True)
    )
    if len(others) >= MAX_LINES:
        raise CartFullError
    if any(currency != product.currency for currency in others):
        raise CartCurrencyError
    CartLine.objects.update_or_create(
        cart=cart, product_id=product_id, defaults={"quantity": quantity}
    )
