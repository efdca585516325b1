"""Carts, orders with their history, payments, and webhooks."""

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
from nexus.apps.orders.models.webhooks import (
    DeliveryStatus,
    Webhook,
    WebhookDelivery,
    WebhookSecret,
)

__all__ = [
    "CallbackEvent",
    "Cart",
    "CartLine",
    "DeliveryStatus",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "PaymentStatus",
    "ProviderSecret",
    "Refund",
    "RefundStatus",
    "Webhook",
    "WebhookDelivery",
    "WebhookSecret",
]
