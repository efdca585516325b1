"""What happens to orders, and what others act on."""

from enum import StrEnum

__all__ = [
    "DELIVERY_WANTED",
    "ORDER_CHANGED",
    "REFUND_WANTED",
    "WEBHOOK_SWITCHED_OFF",
    "EventKind",
]


class EventKind(StrEnum):
    """One thing that happened to an order; its history is made of these."""

    PLACED = "placed"
    PAYMENT_FAILED = "payment_failed"
    # Money of another amount or currency than was asked for: a person has to look.
    PAYMENT_HELD = "payment_held"
    PAID = "paid"
    # Money for an order that does not want it (any more): it goes back.
    SURPLUS_RECEIVED = "surplus_received"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    REFUND_REQUESTED = "refund_requested"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"


ORDER_CHANGED = "orders.changed"
"""The outbox's topic of every event, with `event_id`."""
REFUND_WANTED = "orders.refund_wanted"
"""The outbox's topic of money that is to go back, with `refund_id`."""
DELIVERY_WANTED = "orders.delivery_wanted"
"""The outbox's topic of a message to a webhook that is to be sent, with `delivery_id`."""
WEBHOOK_SWITCHED_OFF = "orders.webhook_switched_off"
"""The outbox's topic of a webhook that failed too often, with `webhook_id`."""
