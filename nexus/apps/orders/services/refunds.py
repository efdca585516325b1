"""Refunds.

A refund is decided in one transaction, which reserves the amount, so that no two refunds can send
the same money. The provider is called after the commit, through the outbox, until it responds, and
always with the same idempotency key.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from nexus.apps.orders.errors import OrderNotAllowedError, OrderNotFoundError, RefundRefusedError
from nexus.apps.orders.events import REFUND_WANTED, EventKind
from nexus.apps.orders.models import Order, Payment, PaymentStatus, Refund, RefundStatus
from nexus.apps.orders.permissions import may_manage, may_see
from nexus.apps.orders.providers import RefundImpossibleError, provider_named
from nexus.apps.orders.services.history import locked_order, record_event
from nexus.core.audit.services import record
from nexus.core.outbox.events import handles
from nexus.core.outbox.services import publish

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = ["refund_order", "request_refund", "settle_refund"]


@transaction.atomic
def refund_order(
    *, order_id: int, by: "Actor", amount: Decimal | None = None, reason: str = ""
) -> Refund:
    """Refund an amount of an order or, without an amount, everything not yet refunded.

    Raises `OrderNotFoundError`, `OrderNotAllowedError`, and `RefundRefusedError` if the amount
    exceeds what is left of the payment.
    """
    order = locked_order(order_id)
    if not may_manage(by, order):
        raise OrderNotAllowedError if may_see(by, order) else OrderNotFoundError
    available = order.facts.refundable
    requested = available if amount is None else amount
    if not Decimal(0) < requested <= available:
        raise RefundRefusedError(f"At most {available} {order.currency} can be refunded.")
    paid = Payment.objects.get(order=order, status=PaymentStatus.SUCCEEDED.value)
    return request_refund(order, paid, amount=requested, by=by, reason=reason)


def request_refund(
    order: Order, payment: Payment, *, amount: Decimal, by: "Actor | None", reason: str
) -> Refund:
    """Reserve an amount of a payment and request its refund. The order's row must be locked."""
    is_surplus = payment.status != PaymentStatus.SUCCEEDED.value
    Payment.objects.filter(pk=payment.pk).update(returned=F("returned") + amount)
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        reason=reason,
        requested_by_id=by.pk if by is not None and by.is_authenticated else None,
    )
    details = {"refund": refund.pk, "reason": reason}
    record_event(
        order,
        EventKind.REFUND_REQUESTED,
        by=by,
        amount=amount,
        is_surplus=is_surplus,
        details=details,
    )
    record("order.refund_requested", by=by, of=order, amount=str(amount), refund=refund.pk)
    publish(REFUND_WANTED, refund_id=refund.pk)
    return refund


@handles(REFUND_WANTED)
@transaction.atomic
def settle_refund(refund_id: int) -> None:
    """Ask the provider for a refund, and store the result.

    Raises what the provider raises if it is unreachable; the call is then retried.
    """
    payment = Payment.objects.get(refunds=refund_id)
    order = locked_order(payment.order_id)
    refund = Refund.objects.get(pk=refund_id)
    if refund.status != RefundStatus.REQUESTED.value:
        return
    try:
        provider_named(payment.provider).refund(
            key=f"refund-{refund.pk}",
            reference=payment.reference,
            amount=refund.amount,
            currency=payment.currency,
        )
    except RefundImpossibleError as error:
        # The money was not sent: release the reservation, so that it can be refunded another way.
        Payment.objects.filter(pk=payment.pk).update(returned=F("returned") - refund.amount)
        status, kind, result = RefundStatus.FAILED, EventKind.REFUND_FAILED, {"detail": str(error)}
    else:
        status, kind, result = RefundStatus.DONE, EventKind.REFUNDED, {}
    Refund.objects.filter(pk=refund.pk).update(status=status.value, ended_at=timezone.now())
    is_surplus = payment.status != PaymentStatus.SUCCEEDED.value
    record_event(
        order,
        kind,
        by=None,
        amount=refund.amount,
        is_surplus=is_surplus,
        details={"refund": refund.pk, **result},
    )
