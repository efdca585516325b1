"""`audit_orders` finds what was written without the history, and nothing otherwise."""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from nexus.apps.orders import services
from nexus.apps.orders.checking import audit_orders
from nexus.apps.orders.models import Order, OrderEvent, Payment, Refund
from nexus.apps.products.models import StockChange
from tests.support.accounts import mails_sent
from tests.support.factories import offer, paid, person, placed, shelves, told

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def world() -> Order:
    """One order that was paid and partly refunded, and others of every kind."""
    shelves()
    buyer, support = person("buyer"), person("support", "support")
    product = offer(stock=90)
    order = paid(buyer, product, quantity=3)
    with mails_sent():
        services.refund_order(order_id=order.pk, by=support, amount=Decimal(10))
        services.refund_order(order_id=order.pk, by=support, amount=Decimal(5))
        placed(buyer, product)
        shipped = paid(buyer, product)
        services.ship_order(order_id=shipped.pk, by=support)
        late = placed(buyer, product)
        payment = services.start_payment(order_id=late.pk, by=buyer)
        services.cancel_order(order_id=late.pk, by=buyer)
        assert told(payment) == "sent_back"
        gone = paid(buyer, product)
        services.cancel_order(order_id=gone.pk, by=buyer)
    return order


def found() -> set[str]:
    return {one.what for one in audit_orders()}


@pytest.mark.usefixtures("world")
def test_orders_agree_with_their_events() -> None:
    said = StringIO()
    call_command("audit_orders", stdout=said)

    assert "Every order matches its events." in said.getvalue()


def tamper(statement: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


LIES: dict[str, tuple[Callable[[Order], Any], str]] = {
    "state": (lambda order: Order.objects.filter(pk=order.pk).update(state="paid"), "state"),
    "shipped": (
        lambda order: Order.objects.filter(pk=order.pk).update(is_shipped=True),
        "is_shipped",
    ),
    "refunded": (
        lambda order: Order.objects.filter(pk=order.pk).update(refunded=Decimal(14)),
        "refunded",
    ),
    "version": (
        lambda order: Order.objects.filter(pk=order.pk).update(version=99),
        "numbers of events",
    ),
    "event": (
        lambda order: OrderEvent.objects.create(order=order, number=50, kind="cancelled"),
        "is_cancelled",
    ),
    "impossible event": (
        lambda order: OrderEvent.objects.create(order=order, number=50, kind="delivered"),
        "history",
    ),
    "stock": (
        lambda order: StockChange.objects.filter(reference=order.reference).update(quantity=-1),
        "stock",
    ),
    "payment": (
        lambda order: Payment.objects.filter(order=order).update(
            status="held", received=0, returned=0
        ),
        "money received",
    ),
    "refund": (
        lambda order: Refund.objects.filter(payment__order=order, amount=5).update(status="failed"),
        "money that went back",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_changes_without_an_event_are_found(name: str, world: Order) -> None:
    lie, what = LIES[name]
    lie(world)

    assert what in found()
    assert {one.order for one in audit_orders()} == {world.number}
    with pytest.raises(CommandError, match="differences"):
        call_command("audit_orders", stdout=StringIO())


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_audit_reads_one_moment() -> None:
    shelves()
    placed(person("buyer"), offer())

    assert found() == set()
