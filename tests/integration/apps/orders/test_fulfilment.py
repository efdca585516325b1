"""A paid order: shipped, delivered, cancelled, refunded, and by whom."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection

from nexus.apps.orders import services
from nexus.apps.orders.errors import OrderStateError, RefundRefusedError
from nexus.apps.orders.models import Order, Payment, Refund
from nexus.apps.orders.providers import RefundImpossibleError
from nexus.apps.orders.providers.sandbox import Sandbox
from nexus.apps.products.models import Product, StockChange
from nexus.core.outbox.models import Message
from nexus.core.outbox.services import deliver
from tests.support.accounts import mailed, mails_sent
from tests.support.factories import kinds, offer, paid, person, placed, shelves

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
NOTHING = Decimal(0)


@pytest.fixture
def buyer() -> Any:
    shelves()
    return person("buyer")


@pytest.fixture
def support() -> Any:
    return person("support", "support")


def state(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def test_an_order_travels(buyer: Any, support: Any) -> None:
    with mails_sent():
        order = paid(buyer, offer())
        services.ship_order(order_id=order.pk, by=support, tracking="RR 1")
        done = services.deliver_order(order_id=order.pk, by=support)

    assert done.state == "delivered"
    assert kinds(order) == ["placed", "paid", "shipped", "delivered"]
    told = [f"{to} {subject}" for to, subject in mailed()]
    assert told == [
        f"buyer@example.org Your order {order.number} at Nexus",
        f"buyer@example.org We received your payment for order {order.number} at Nexus",
        f"buyer@example.org Your order {order.number} at Nexus is on its way",
    ]
    for refused in (services.ship_order, services.deliver_order, services.cancel_order):
        with pytest.raises(OrderStateError):
            refused(order_id=order.pk, by=support)


def test_unpaid_order_is_not_shipped(buyer: Any, support: Any) -> None:
    order = placed(buyer, offer())
    with pytest.raises(OrderStateError, match="pending_payment"):
        services.ship_order(order_id=order.pk, by=support)


def test_a_paid_order_is_cancelled_its_stock_and_its_money_go_back(buyer: Any) -> None:
    with mails_sent():
        order = paid(buyer, offer(stock=3), quantity=2)
        services.cancel_order(order_id=order.pk, by=buyer, reason="found a nicer one")

    assert Product.objects.get().stock == 3
    assert sum(StockChange.objects.values_list("quantity", flat=True)) == 0
    assert state(order) == "cancelled"
    assert (order.paid, order.refunding, order.refunded) == (order.total, NOTHING, order.total)
    assert [kind for _, kind in mailed()][2:] == [
        f"Your order {order.number} at Nexus has been cancelled",
        f"Refund of {order.total} EUR for order {order.number} at Nexus",
    ]
    with pytest.raises(OrderStateError):
        services.cancel_order(order_id=order.pk, by=buyer)
    assert Product.objects.get().stock == 3


def test_money_goes_back_in_parts_and_never_more_than_was_paid(buyer: Any, support: Any) -> None:
    order = paid(buyer, offer())
    with mails_sent():
        services.refund_order(order_id=order.pk, by=support, amount=Decimal(10), reason="scratched")
    assert (state(order), order.refunded) == ("partially_refunded", Decimal(10))
    services.refund_order(order_id=order.pk, by=support, amount=order.total - 11)
    for amount in (Decimal("1.01"), Decimal(0), Decimal(-1)):
        with pytest.raises(RefundRefusedError, match=r"At most 1\.00 EUR"):
            services.refund_order(order_id=order.pk, by=support, amount=amount)
    with mails_sent():
        services.refund_order(order_id=order.pk, by=support)
    for message in Message.objects.filter(delivered_at=None):
        deliver(message.pk)

    assert (state(order), order.refunded, order.refunding) == ("refunded", order.total, NOTHING)
    with pytest.raises(RefundRefusedError):
        services.refund_order(order_id=order.pk, by=support)
    with pytest.raises(IntegrityError, match="orders_payment_returned_at_most_received"):
        Payment.objects.update(returned=order.total + 1)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_refunds_at_one_moment_do_not_send_the_same_money_twice(buyer: Any, support: Any) -> None:
    order = paid(buyer, offer())
    half = order.total / 2

    def attempt(_number: int) -> bool:
        try:
            services.refund_order(order_id=order.pk, by=support, amount=half)
        except RefundRefusedError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 2
    assert sum(Refund.objects.values_list("amount", flat=True)) == order.total


def test_a_part_that_went_back_does_not_keep_the_rest_from_travelling(
    buyer: Any, support: Any
) -> None:
    order = paid(buyer, offer())
    with mails_sent():
        services.refund_order(order_id=order.pk, by=support, amount=Decimal(1))
        services.ship_order(order_id=order.pk, by=support)

    assert (state(order), order.is_shipped) == ("partially_refunded", True)


def refusing(error: Exception) -> Callable[..., None]:
    def refund(_self: Sandbox, **_asked: Any) -> None:
        raise error

    return refund


def test_a_refund_is_retried_if_the_provider_is_unreachable(
    buyer: Any, support: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid(buyer, offer())
    refund = services.refund_order(order_id=order.pk, by=support)
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", refusing(ConnectionError("away")))
        with pytest.raises(ConnectionError):
            services.settle_refund(refund.pk)
    assert state(order) == "paid"
    assert order.refunding == order.total
    with pytest.raises(OrderStateError):
        services.ship_order(order_id=order.pk, by=support)
    with pytest.raises(OrderStateError, match="in progress"):
        services.cancel_order(order_id=order.pk, by=buyer)

    for _ in range(2):
        services.settle_refund(refund.pk)
    assert (state(order), order.refunding) == ("refunded", NOTHING)


def test_a_refund_that_cannot_be_leaves_the_money_for_another_way(
    buyer: Any, support: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid(buyer, offer())
    refund = services.refund_order(order_id=order.pk, by=support)
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", refusing(RefundImpossibleError("account closed")))
        services.settle_refund(refund.pk)
    refund.refresh_from_db()

    assert (refund.status, state(order), order.refunding) == ("failed", "paid", NOTHING)
    assert order.events.latest("number").details["detail"] == "account closed"
    again = services.refund_order(order_id=order.pk, by=support)
    services.settle_refund(again.pk)
    assert state(order) == "refunded"
