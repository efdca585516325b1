"""Sample orders: as many as requested, the same every time, each consistent with its events."""

import hashlib
from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from nexus.apps.orders.checking import audit_orders
from nexus.apps.orders.models import Order, Payment, Refund
from nexus.apps.orders.samples import Sales
from nexus.apps.orders.states import OrderState
from nexus.apps.products.samples import Shop

pytestmark = pytest.mark.django_db

SMALL = Sales(orders=48, buyers=7, shop=Shop(products=30, images=0, merchants=2))


def digest() -> str:
    rows = Order.objects.order_by("pk").values_list(
        "number", "buyer__email", "state", "total", "placed_at", "lines__sku", "lines__quantity"
    )
    return hashlib.sha256(repr(sorted(map(tuple, rows))).encode()).hexdigest()


def test_requested_number_of_orders_in_every_state() -> None:
    SMALL.fill()

    assert Order.objects.count() == 48
    assert get_user_model().objects.filter(email__startswith="buyer-").count() == 7
    assert set(Order.objects.values_list("state", flat=True)) == set(OrderState)
    assert {order.lines.count() for order in Order.objects.all()} == {1, 2, 3, 4}


def test_every_order_agrees_with_its_events() -> None:
    SMALL.fill()

    assert list(audit_orders()) == []
    assert Payment.objects.filter(status="succeeded").exists()
    assert Refund.objects.exists()


def test_a_merchant_has_the_orders_that_are_all_theirs() -> None:
    SMALL.fill()
    for order in Order.objects.prefetch_related("lines"):
        owners = {line.merchant_id for line in order.lines.all()}
        assert order.merchant_id == (owners.pop() if len(owners) == 1 else None)
    assert Order.objects.filter(merchant=None).exists()
    assert Order.objects.exclude(merchant=None).exists()


def test_they_lie_before_the_day() -> None:
    SMALL.fill()
    placed = [order.placed_at.date() for order in Order.objects.all()]

    assert date(2025, 7, 1) <= min(placed) < max(placed) < SMALL.today


def test_they_are_the_same_every_time() -> None:
    digests = []
    for _ in range(2):
        with transaction.atomic():
            SMALL.fill()
            digests.append(digest())
            transaction.set_rollback(True)

    assert digests[0] == digests[1]


def test_a_shop_without_orders_is_only_a_shop() -> None:
    Sales(shop=Shop(products=3)).fill()

    assert not Order.objects.exists()


def test_more_lines_than_products_are_refused() -> None:
    with pytest.raises(ValueError, match="as many products"):
        Sales(orders=1, shop=Shop(products=2)).fill()


def test_an_order_may_be_of_everything_there_is() -> None:
    Sales(orders=32, lines=4, buyers=1, shop=Shop(products=4, images=0)).fill()

    assert {order.lines.count() for order in Order.objects.all()} == {1, 2, 3, 4}


def test_the_key_names_the_size() -> None:
    keys = {Sales(orders=o, buyers=b, lines=n).key for o in (1, 2) for b in (1, 2) for n in (1, 2)}

    assert len(keys) == 8
