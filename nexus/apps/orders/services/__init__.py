"""Writes to carts, orders, payments and webhooks."""

from nexus.apps.orders.services.cart import add_to_cart, clear_cart, remove_from_cart, set_quantity
from nexus.apps.orders.services.checkout import Address, place_order
from nexus.apps.orders.services.deliveries import attempt_delivery, delete_old_deliveries
from nexus.apps.orders.services.fulfilment import (
    cancel_order,
    deliver_order,
    expire_orders,
    ship_order,
)
from nexus.apps.orders.services.payments import receive_callback, start_payment
from nexus.apps.orders.services.quotes import (
    ShippingQuote,
    ShippingQuotes,
    Unanswered,
    quote_shipping,
)
from nexus.apps.orders.services.refunds import refund_order, settle_refund
from nexus.apps.orders.services.secrets import rotate_secret, rotate_webhook_secret, secrets_of
from nexus.apps.orders.services.webhooks import (
    Registered,
    change_webhook,
    delete_webhook,
    deliver_again,
    ping_webhook,
    register_webhook,
)

__all__ = [
    "Address",
    "Registered",
    "ShippingQuote",
    "ShippingQuotes",
    "Unanswered",
    "add_to_cart",
    "attempt_delivery",
    "cancel_order",
    "change_webhook",
    "clear_cart",
    "delete_old_deliveries",
    "delete_webhook",
    "deliver_again",
    "deliver_order",
    "expire_orders",
    "ping_webhook",
    "place_order",
    "quote_shipping",
    "receive_callback",
    "refund_order",
    "register_webhook",
    "remove_from_cart",
    "rotate_secret",
    "rotate_webhook_secret",
    "secrets_of",
    "set_quantity",
    "settle_refund",
    "ship_order",
    "start_payment",
]
