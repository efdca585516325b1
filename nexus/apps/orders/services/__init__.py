"""Writes to carts, orders and payments."""

from nexus.apps.orders.services.cart import add_to_cart, clear_cart, remove_from_cart, set_quantity
from nexus.apps.orders.services.checkout import Address, place_order
from nexus.apps.orders.services.fulfilment import (
    cancel_order,
    deliver_order,
    expire_orders,
    ship_order,
)
from nexus.apps.orders.services.payments import receive_callback, start_payment
from nexus.apps.orders.services.refunds import refund_order, settle_refund
from nexus.apps.orders.services.secrets import rotate_secret, secrets_of

__all__ = [
    "Address",
    "add_to_cart",
    "cancel_order",
    "clear_cart",
    "deliver_order",
    "expire_orders",
    "place_order",
    "receive_callback",
    "refund_order",
    "remove_from_cart",
    "rotate_secret",
    "secrets_of",
    "set_quantity",
    "settle_refund",
    "ship_order",
    "start_payment",
]
