"""Carts, orders with their history, and payments."""

from nexus.apps.orders.models.carts import Cart, CartLine
from nexus.apps.orders.models.orders import Order, OrderEvent, OrderLine
from nexus.apps.orders.models.payments import (
    CallbackEvent,
    Payment,
    PaymentStatus,
    ProviderSecret,
    Refund,
    RefundStatus,
)

__all__ = [
    "CallbackEvent",
    "Cart",
    "CartLine",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "PaymentStatus",
    "ProviderSecret",
    "Refund",
    "RefundStatus",
]
