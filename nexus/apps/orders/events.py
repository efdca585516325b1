"""The events of orders, and the outbox topics that announce them."""

from enum import StrEnum

__all__ = [
    "DELIVERY_WANTED",
    "ORDER_CHANGED",
    "REFUND_WANTED",
    "WEBHOOK_SWITCHED_OFF",
    "EventKind",
]


class EventKind(StrEnum):
    """The kinds of event in an order's history."""

    PLACED = "placed"
    PAYMENT_FAILED = "payment_failed"
    # The amount or currency differs from the one requested: a person has to look at it.
    PAYMENT_HELD = "payment_held"
    PAID = "paid"
    # Money for an order that is not (or no longer) waiting for a payment: it is refunded.
    SURPLUS_RECEIVED = "surplus_received"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    REFUND_REQUESTED = "refund_requested"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


ORDER_CHANGED = "orders.changed"
"""The outbox topic of every event, with `event_id`."""
REFUND_WANTED = "orders.refund_wanted"
"""The outbox topic of a requested refund, with `refund_id`."""
DELIVERY_WANTED = "orders.delivery_wanted"
"""The outbox topic of a webhook message to be sent, with `delivery_id`."""
WEBHOOK_SWITCHED_OFF = "orders.webhook_switched_off"
"""The outbox topic of a webhook disabled after too many failures, with `webhook_id`."""
