"""Payments: attempts are started here, and providers report their outcome by callback.

Callbacks may arrive twice, late and out of order. Each is first stored under its id, which a unique
constraint allows once; then the order's row is locked, and the callback is compared with the
current state.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from nexus.apps.orders.errors import (
    OrderNotAllowedError,
    OrderNotFoundError,
    OrderStateError,
    PaymentsFullError,
)
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models import CallbackEvent, Order, Payment, PaymentStatus
from nexus.apps.orders.permissions import is_buyer, may_see
from nexus.apps.orders.providers import USUAL, Callback, Outcome, Started, provider_named
from nexus.apps.orders.services.history import locked_order, record_event
from nexus.apps.orders.services.refunds import request_refund
from nexus.apps.orders.services.secrets import secrets_of
from nexus.apps.orders.states import AWAITING
from nexus.core.audit.services import record
from nexus.core.observability.metrics import PAYMENTS, count_on_commit, initialise_series

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = ["MAX_ATTEMPTS", "receive_callback", "start_payment"]

MAX_ATTEMPTS = 20
"""The maximum number of payment attempts for one order."""

log = structlog.get_logger()
initialise_series(PAYMENTS, ("paid", "failed", "held", "sent_back", "ignored", "doubled"))


def start_payment(*, order_id: int, by: "Actor") -> Payment:
    """Start a payment attempt for an order, as its buyer, or return the one that is open.

    The provider is called while no row is locked, because the call may take seconds: a callback for
    the same order is handled meanwhile. The conditions are checked again after the call.
    Raises `OrderNotFoundError`, `OrderNotAllowedError`, `OrderStateError`, `PaymentsFullError`.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFoundError
    attempts = _attempts(order, by)
    if payment := _open_attempt(attempts):
        return payment
    if len(attempts) >= MAX_ATTEMPTS:
        raise PaymentsFullError
    # Two concurrent requests use the same key, and the provider starts one payment.
    key = f"{order.number}-{len(attempts) + 1}"
    started = provider_named(USUAL).start(key=key, amount=order.total, currency=order.currency)
    with transaction.atomic():
        attempts = _attempts(locked_order(order_id), by)
        same = next((each for each in attempts if each.reference == started.reference), None)
        return same or _open_attempt(attempts) or _create_attempt(order, started, by)


def _attempts(order: Order, by: "Actor") -> list[Payment]:
    """Return the payment attempts of an order that must be awaiting payment by `by`.

    Raises `OrderNotFoundError`, `OrderNotAllowedError`, `OrderStateError`.
    """
    if not is_buyer(by, order):
        error = OrderNotAllowedError("Only the buyer of an order can pay for it.")
        raise error if may_see(by, order) else OrderNotFoundError
    if order.facts.state not in AWAITING or order.payable_until < timezone.now():
        raise OrderStateError("This order is not waiting for a payment.")
    return list(Payment.objects.filter(order=order).order_by("pk"))


def _open_attempt(attempts: Sequence[Payment]) -> Payment | None:
    return next((each for each in attempts if each.status == PaymentStatus.STARTED.value), None)


def _create_attempt(order: Order, started: Started, by: "Actor") -> Payment:
    payment = Payment.objects.create(
        order=order,
        provider=USUAL,
        reference=started.reference,
        pay_url=started.pay_url,
        amount=order.total,
        currency=order.currency,
    )
    record("payment.started", by=by, of=payment, amount=str(order.total), currency=order.currency)
    return payment


@transaction.atomic
def receive_callback(*, provider: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Handle a provider's callback, if it is signed and new, and return the outcome.

    Raises `ProviderNotFoundError`, and `SignatureError` for an invalid or outdated signature.
    """
    callback = provider_named(provider).read_callback(
        body, headers=headers, secrets=secrets_of(provider)
    )
    # A duplicate waits here until the first is committed, and then finds it.
    inbox, is_new = CallbackEvent.objects.get_or_create(
        provider=provider, event_id=callback.event_id, defaults={"payload": callback.payload}
    )
    outcome = _act(provider, callback) if is_new else "doubled"
    count_on_commit(PAYMENTS.labels(outcome))
    if not is_new:
        return outcome
    CallbackEvent.objects.filter(pk=inbox.pk).update(outcome=outcome)
    log.info("payment_callback", provider=provider, callback=callback.event_id, outcome=outcome)
    return outcome


def _act(provider: str, callback: Callback) -> str:
    rows = Payment.objects.filter(provider=provider, reference=callback.reference)
    order_id = rows.values_list("order_id", flat=True).first()
    if callback.outcome is None or order_id is None:
        return "ignored"
    order = locked_order(order_id)
    # Read after the lock: another callback may just have changed it.
    payment = rows.get()
    if callback.outcome is Outcome.FAILED:
        return _fail(order, payment)
    if payment.status not in {PaymentStatus.STARTED.value, PaymentStatus.FAILED.value}:
        return "ignored"
    return _succeed(order, payment, callback)


def _fail(order: Order, payment: Payment) -> str:
    # A failure reported after a success is outdated.
    if payment.status != PaymentStatus.STARTED.value:
        return "ignored"
    _end(payment, PaymentStatus.FAILED, received=Decimal(0))
    if order.facts.state not in AWAITING:
        return "ignored"
    record_event(order, EventKind.PAYMENT_FAILED, by=None, details={"payment": payment.pk})
    return "failed"


def _succeed(order: Order, payment: Payment, callback: Callback) -> str:
    received = callback.amount if callback.amount is not None else Decimal(0)
    details = {"payment": payment.pk}
    if (received, callback.currency) != (payment.amount, payment.currency):
        _end(payment, PaymentStatus.HELD, received=received)
        received_money = {"received": str(callback.amount), "received_currency": callback.currency}
        record_event(order, EventKind.PAYMENT_HELD, by=None, details={**details, **received_money})
        record("payment.held", by=None, of=payment, expected=str(payment.amount), **received_money)
        return "held"
    if order.facts.state not in AWAITING:
        # Cancelled meanwhile, or paid by another attempt: refund the money.
        _end(payment, PaymentStatus.SURPLUS, received=received)
        record_event(
            order,
            EventKind.SURPLUS_RECEIVED,
            by=None,
            amount=received,
            is_surplus=True,
            details=details,
        )
        request_refund(order, payment, amount=received, by=None, reason="not wanted any more")
        return "sent_back"
    _end(payment, PaymentStatus.SUCCEEDED, received=received)
    record_event(order, EventKind.PAID, by=None, amount=received, details=details)
    record("order.paid", by=None, of=order, payment=payment.pk)
    return "paid"


def _end(payment: Payment, status: PaymentStatus, *, received: Decimal) -> None:
    payment.status, payment.received, payment.ended_at = status.value, received, timezone.now()
    payment.save(update_fields=["status", "received", "ended_at"])
