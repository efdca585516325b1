"""Shipping, delivering, cancelling and expiring orders."""

import time
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now

from nexus.apps.orders import queries
from nexus.apps.orders.errors import OrderNotAllowedError, OrderNotFoundError, OrderStateError
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models import Order, Payment, PaymentStatus
from nexus.apps.orders.permissions import may_cancel, may_manage, may_see
from nexus.apps.orders.services.history import locked_order, record_event
from nexus.apps.orders.services.refunds import request_refund
from nexus.apps.orders.states import AWAITING
from nexus.apps.products.services import return_stock
from nexus.core.audit.services import record

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = ["cancel_order", "deliver_order", "expire_orders", "managed_order", "ship_order"]

MAX_EXPIRED = 5_000


@transaction.atomic
def cancel_order(*, order_id: int, by: "Actor", reason: str = "") -> Order:
    """Cancel an order before it is shipped: return its stock and refund its payment.

    Raises `OrderNotFoundError`, `OrderNotAllowedError`, `OrderStateError`.
    """
    order = locked_order(order_id)
    if not may_cancel(by, order):
        raise OrderNotAllowedError if may_see(by, order) else OrderNotFoundError
    _cancel(order, by=by, reason=reason)
    return queries.get_order(order_id, by=by)


@transaction.atomic
def ship_order(*, order_id: int, by: "Actor", tracking: str = "") -> Order:
    """Mark an order as shipped.

    Raises `OrderNotFoundError`, `OrderNotAllowedError`, `OrderStateError`.
    """
    order = managed_order(order_id, by)
    record_event(order, EventKind.SHIPPED, by=by, details={"tracking": tracking})
    record("order.shipped", by=by, of=order)
    return queries.get_order(order_id, by=by)


@transaction.atomic
def deliver_order(*, order_id: int, by: "Actor") -> Order:
    """Mark an order as delivered.

    Raises `OrderNotFoundError`, `OrderNotAllowedError`, `OrderStateError`.
    """
    order = managed_order(order_id, by)
    record_event(order, EventKind.DELIVERED, by=by)
    record("order.delivered", by=by, of=order)
    return queries.get_order(order_id, by=by)


def expire_orders(*, seconds: float) -> int:
    """Cancel orders not paid in time, for at most `seconds`, and return their number."""
    ends = time.monotonic() + seconds
    late = Order.objects.filter(state__in=[s.value for s in AWAITING], payable_until__lt=Now())
    expired = 0
    for order_id in list(late.order_by("payable_until").values_list("pk", flat=True)[:MAX_EXPIRED]):
        if time.monotonic() > ends:
            break
        expired += _expire(order_id)
    return expired


@transaction.atomic
def _expire(order_id: int) -> bool:
    order = locked_order(order_id)
    # It may have been paid or cancelled since the query.
    if order.facts.state not in AWAITING:
        return False
    _cancel(order, by=None, reason="not paid in time")
    return True


def managed_order(order_id: int, by: "Actor") -> Order:
    """Return an order that `by` manages, with its row locked.

    Raises `OrderNotFoundError`, also if `by` may not see the order, and `OrderNotAllowedError`.
    """
    order = locked_order(order_id)
    if not may_manage(by, order):
        raise OrderNotAllowedError if may_see(by, order) else OrderNotFoundError
    return order


def _cancel(order: Order, *, by: "Actor | None", reason: str) -> None:
    refundable = order.facts.refundable
    if order.refunding:
        raise OrderStateError("A refund of this order is in progress. Wait until it is complete.")
    record_event(order, EventKind.CANCELLED, by=by, details={"reason": reason})
    return_stock(reference=order.reference, by=by)
    if refundable:
        paid = Payment.objects.get(order=order, status=PaymentStatus.SUCCEEDED.value)
        request_refund(order, paid, amount=refundable, by=by, reason="order cancelled")
    record("order.cancelled", by=by, of=order, reason=reason)
