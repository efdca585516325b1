"""Paying: attempts are started here, and providers tell what became of them.

Messages of a provider may come twice, late and out of order. Each is written down under its id
first, which the database lets happen once; then the order's row is locked, and what the message
says is held against what is true by then.
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
"""How many attempts to pay one order may see."""

log = structlog.get_logger()
initialise_series(PAYMENTS, ("paid", "failed", "held", "sent_back", "ignored", "doubled"))


def start_payment(*, order_id: int, by: "Actor") -> Payment:
    """Start an attempt to pay an order, as its buyer; return the open attempt where there is one.

    The provider is called while no row is locked, since it may take seconds: a callback for the
    same order goes through meanwhile. What was true before the call is checked again after it.
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
    # Two that start at one moment use the same key, and the provider starts one payment.
    key = f"{order.number}-{len(attempts) + 1}"
    started = provider_named(USUAL).start(key=key, amount=order.total, currency=order.currency)
    with transaction.atomic():
        attempts = _attempts(locked_order(order_id), by)
        same = next((each for each in attempts if each.reference == started.reference), None)
        return same or _open_attempt(attempts) or _create_attempt(order, started, by)


def _attempts(order: Order, by: "Actor") -> list[Payment]:
    """Return the attempts to pay an order, which must wait for money of `by`.

    Raises `OrderNotFoundError`, `OrderNotAllowedError`, `OrderStateError`.
    """
    if not is_buyer(by, order):
        refused = OrderNotAllowedError("Only the buyer of an order can pay for it.")
        raise refused if may_see(by, order) else OrderNotFoundError
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
    """Act on a provider's message, if it is signed and new; gives a word for what came of it.

    Raises `ProviderNotFoundError`, and `SignatureError` for what the provider has not signed now.
    """
    told = provider_named(provider).read_callback(
        body, headers=headers, secrets=secrets_of(provider)
    )
    # A double waits here until the first is committed, and then finds it.
    inbox, is_new = CallbackEvent.objects.get_or_create(
        provider=provider, event_id=told.event_id, defaults={"payload": told.payload}
    )
    outcome = _act(provider, told) if is_new else "doubled"
    count_on_commit(PAYMENTS.labels(outcome))
    if not is_new:
        return outcome
    CallbackEvent.objects.filter(pk=inbox.pk).update(outcome=outcome)
    log.info("payment_callback", provider=provider, callback=told.event_id, outcome=outcome)
    return outcome


def _act(provider: str, told: Callback) -> str:
    rows = Payment.objects.filter(provider=provider, reference=told.reference)
    order_id = rows.values_list("order_id", flat=True).first()
    if told.outcome is None or order_id is None:
        return "ignored"
    order = locked_order(order_id)
    # Read behind the lock: another message may just have changed it.
    payment = rows.get()
    if told.outcome is Outcome.FAILED:
        return _fail(order, payment)
    if payment.status not in {PaymentStatus.STARTED.value, PaymentStatus.FAILED.value}:
        return "ignored"
    return _succeed(order, payment, told)


def _fail(order: Order, payment: Payment) -> str:
    # A failure that is told behind a success is older news.
    if payment.status != PaymentStatus.STARTED.value:
        return "ignored"
    _end(payment, PaymentStatus.FAILED, received=Decimal(0))
    if order.facts.state not in AWAITING:
        return "ignored"
    record_event(order, EventKind.PAYMENT_FAILED, by=None, details={"payment": payment.pk})
    return "failed"


def _succeed(order: Order, payment: Payment, told: Callback) -> str:
    received = told.amount if told.amount is not None else Decimal(0)
    details = {"payment": payment.pk}
    if (received, told.currency) != (payment.amount, payment.currency):
        _end(payment, PaymentStatus.HELD, received=received)
        found = {"received": str(told.amount), "received_currency": told.currency}
        record_event(order, EventKind.PAYMENT_HELD, by=None, details={**details, **found})
        record("payment.held", by=None, of=payment, expected=str(payment.amount), **found)
        return "held"
    if order.facts.state not in AWAITING:
        # Cancelled meanwhile, or paid by another attempt: the money goes back.
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
