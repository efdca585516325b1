"""Payments: signed messages of a provider are accepted once each, in any order."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from nexus.apps.orders import services
from nexus.apps.orders.errors import (
    OrderNotAllowedError,
    OrderNotFoundError,
    OrderStateError,
    PaymentsFullError,
    ProviderNotFoundError,
)
from nexus.apps.orders.models import CallbackEvent, Order, Payment, ProviderSecret, Refund
from nexus.apps.orders.providers import USUAL, provider_named
from nexus.apps.orders.services import payments
from nexus.apps.products.models import Product
from nexus.core.audit.models import Entry
from nexus.core.security.webhook_signatures import SignatureError, make_secret, sign
from tests.support.accounts import mails_sent
from tests.support.factories import (
    PROVIDER,
    kinds,
    message,
    offer,
    paid,
    person,
    placed,
    receive,
    secret,
    shelves,
    told,
)

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
NOTHING = Decimal(0)


@pytest.fixture
def buyer() -> Any:
    shelves()
    return person("buyer")


@pytest.fixture
def order(buyer: Any) -> Order:
    return placed(buyer, offer(stock=5))


@pytest.fixture
def payment(order: Order, buyer: Any) -> Payment:
    return services.start_payment(order_id=order.pk, by=buyer)


def state(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def test_a_success_pays_the_order(order: Order, payment: Payment) -> None:
    assert told(payment) == "paid"
    payment.refresh_from_db()

    assert state(order) == "paid"
    assert (order.paid, payment.status, payment.received) == (order.total, "succeeded", order.total)
    assert kinds(order) == ["placed", "paid"]


def test_a_message_that_comes_twice_is_acted_on_once(order: Order, payment: Payment) -> None:
    body, headers = message(payment)

    assert [receive(body, headers) for _ in range(3)] == ["paid", "doubled", "doubled"]
    assert kinds(order) == ["placed", "paid"]
    assert CallbackEvent.objects.get().outcome == "paid"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_messages_that_come_at_once_are_acted_on_once(order: Order, payment: Payment) -> None:
    one, other = message(payment), message(payment)

    def attempt(number: int) -> str:
        try:
            return receive(*(one if number % 2 else other))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(20)))
    assert sorted(set(outcomes)) == ["doubled", "ignored", "paid"]
    assert (outcomes.count("paid"), outcomes.count("ignored")) == (1, 1)
    assert kinds(order) == ["placed", "paid"]


def test_a_success_behind_a_failure_pays(order: Order, payment: Payment) -> None:
    assert told(payment, "payment.failed") == "failed"
    assert state(order) == "payment_failed"
    assert told(payment) == "paid"
    assert state(order) == "paid"


def test_a_failure_behind_a_success_is_older_news(order: Order, payment: Payment) -> None:
    told(payment)

    assert told(payment, "payment.failed") == "ignored"
    assert state(order) == "paid"


def test_a_success_behind_a_cancellation_is_sent_back(
    order: Order, payment: Payment, buyer: Any
) -> None:
    services.cancel_order(order_id=order.pk, by=buyer)
    with mails_sent():
        assert told(payment) == "sent_back"
    refund = Refund.objects.get()
    payment.refresh_from_db()

    assert state(order) == "cancelled"
    assert (refund.amount, refund.status, refund.requested_by) == (order.total, "done", None)
    assert (payment.status, payment.returned) == ("surplus", order.total)
    assert (order.paid, order.refunded) == (NOTHING, NOTHING)
    assert kinds(order)[1:] == ["cancelled", "surplus_received", "refund_requested", "refunded"]


def test_a_second_payment_of_an_order_is_sent_back(order: Order, payment: Payment) -> None:
    other = Payment.objects.create(
        order=order,
        provider=PROVIDER,
        reference="sandbox-other",
        pay_url="https://sandbox.invalid/",
        amount=order.total,
        currency="EUR",
    )
    assert (told(payment), told(other)) == ("paid", "sent_back")
    assert state(order) == "paid"
    assert Refund.objects.get().payment == other


@pytest.mark.parametrize(
    "lie", [{"amount": Decimal("0.01")}, {"amount": Decimal(10**9)}, {"currency": "XTS"}]
)
def test_another_sum_or_currency_is_held_and_never_pays(
    order: Order, payment: Payment, lie: dict[str, Any]
) -> None:
    assert told(payment, **lie) == "held"
    payment.refresh_from_db()
    entry = Entry.objects.get(action="payment.held")

    assert (state(order), order.paid, payment.status) == ("pending_payment", NOTHING, "held")
    assert (entry.key, entry.details["expected"]) == (str(payment.pk), str(payment.amount))
    assert told(payment) == "ignored"


def test_unknown_message_is_ignored(order: Order, payment: Payment) -> None:
    assert told(payment, reference="sandbox-nobody") == "ignored"
    assert told(payment, "payment.reviewed") == "ignored"
    assert state(order) == "pending_payment"
    assert set(CallbackEvent.objects.values_list("outcome", flat=True)) == {"ignored"}


def test_message_without_a_recent_valid_signature_is_refused(payment: Payment) -> None:
    body, headers = message(payment)
    forged = [
        (body, {}),
        (body, {**headers, "webhook-signature": "v1,"}),
        (body.replace(b"succeeded", b"succeeded "), headers),
        (body, {**headers, "webhook-id": "evt_other"}),
        message(payment, secrets=[make_secret()]),
        # Far enough that a slow machine does not bring them within the tolerance.
        message(payment, at=int(time.time()) - 3_600),
        message(payment, at=int(time.time()) + 3_600),
    ]
    for sent in forged:
        with pytest.raises(SignatureError):
            receive(*sent)
    assert not CallbackEvent.objects.exists()
    assert Payment.objects.get().status == "started"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"type": "payment.succeeded", "data": "x"}',
        b'{"type": "payment.succeeded", "data": {"reference": "a", "amount": "NaN"}}',
        b'{"type": "payment.succeeded", "data": {"reference": "a", "amount": "1e99"}}',
        b'{"type": "payment.succeeded", "data": {"reference": "a", "amount": "ten"}}',
        b"\xff",
    ],
)
def test_signed_body_that_is_not_a_message_is_refused(text: bytes) -> None:
    with pytest.raises(SignatureError):
        receive(text, sign(text, secrets=[secret()], message_id="evt_1"))


def test_without_a_secret_nothing_is_believed(payment: Payment) -> None:
    sent = message(payment)
    ProviderSecret.objects.all().delete()
    with pytest.raises(SignatureError):
        receive(*sent)


def test_two_secrets_are_good_while_one_is_replaced(payment: Payment) -> None:
    old = secret()
    new = services.rotate_secret(provider=PROVIDER)

    assert services.secrets_of(PROVIDER) == [new, old]
    assert told(payment, "payment.failed", secrets=[old]) == "failed"
    assert told(payment, secrets=[new]) == "paid"
    ProviderSecret.objects.exclude(valid_until=None).update(valid_until=timezone.now())
    assert services.secrets_of(PROVIDER) == [new]
    assert old not in json.dumps(list(ProviderSecret.objects.values_list("sealed", flat=True)))


def test_a_secret_that_cannot_sign_is_not_kept() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        services.rotate_secret(provider=PROVIDER, secret="whsec_a")
    with pytest.raises(ProviderNotFoundError):
        services.rotate_secret(provider="nobody")


def test_an_open_attempt_is_given_again(order: Order, payment: Payment, buyer: Any) -> None:
    assert services.start_payment(order_id=order.pk, by=buyer) == payment
    told(payment, "payment.failed")
    again = services.start_payment(order_id=order.pk, by=buyer)

    assert again != payment
    assert again.reference != payment.reference


def test_attempts_have_an_end(order: Order, buyer: Any) -> None:
    for _ in range(20):
        told(services.start_payment(order_id=order.pk, by=buyer), "payment.failed")
    with pytest.raises(PaymentsFullError):
        services.start_payment(order_id=order.pk, by=buyer)


def test_only_the_buyer_pays_a_pending_order(order: Order, buyer: Any) -> None:
    with pytest.raises(OrderNotFoundError):
        services.start_payment(order_id=order.pk, by=person("other"))
    with pytest.raises(OrderNotAllowedError):
        services.start_payment(order_id=order.pk, by=person("support", "support"))
    Order.objects.update(payable_until=timezone.now())
    with pytest.raises(OrderStateError):
        services.start_payment(order_id=order.pk, by=buyer)


def test_order_that_is_not_paid_in_time_is_cancelled_and_restocked(
    order: Order, payment: Payment, buyer: Any
) -> None:
    other = paid(buyer, Product.objects.get())
    assert services.expire_orders(seconds=10) == 0
    Order.objects.update(payable_until=timezone.now() - timedelta(seconds=1))

    assert services.expire_orders(seconds=10) == 1
    assert (state(order), state(other)) == ("cancelled", "paid")
    assert Product.objects.get().stock == 4
    assert order.events.latest("number").actor is None
    assert told(payment) == "sent_back"
    assert services.expire_orders(seconds=10) == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_provider_is_called_while_nothing_is_locked(
    buyer: Any, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another connection may lock the order at the same time, as a callback does."""
    provider = provider_named(USUAL)

    def lock_order() -> None:
        try:
            with transaction.atomic():
                assert Order.objects.select_for_update(nowait=True).get(pk=order.pk)
        finally:
            connection.close()

    def start(**asked: Any) -> Any:
        assert not connection.in_atomic_block
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lock_order).result()
        return provider.start(**asked)

    monkeypatch.setattr(payments, "provider_named", lambda _name: SimpleNamespace(start=start))
    assert services.start_payment(order_id=order.pk, by=buyer).status == "started"


def test_payment_started_meanwhile_is_returned(
    buyer: Any, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two concurrent starts use one key, so the provider starts one payment."""
    provider = provider_named(USUAL)
    first: list[Payment] = []

    def start(**asked: Any) -> Any:
        if not first:
            monkeypatch.undo()
            first.append(services.start_payment(order_id=order.pk, by=buyer))
        return provider.start(**asked)

    monkeypatch.setattr(payments, "provider_named", lambda _name: SimpleNamespace(start=start))
    assert services.start_payment(order_id=order.pk, by=buyer) == first[0]
    assert Payment.objects.filter(order=order).count() == 1


def test_order_cancelled_while_the_provider_is_called_is_not_paid_for(
    buyer: Any, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = provider_named(USUAL)

    def start(**asked: Any) -> Any:
        services.cancel_order(order_id=order.pk, by=buyer, reason="")
        return provider.start(**asked)

    monkeypatch.setattr(payments, "provider_named", lambda _name: SimpleNamespace(start=start))
    with pytest.raises(OrderStateError):
        services.start_payment(order_id=order.pk, by=buyer)
    assert not Payment.objects.filter(order=order).exists()
