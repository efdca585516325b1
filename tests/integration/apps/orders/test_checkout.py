"""From a cart to an order: all or nothing, at current prices, and never oversold."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from nexus.apps.orders import services
from nexus.apps.orders.errors import (
    CartCurrencyError,
    CartEmptyError,
    ShippingUnavailableError,
    TotalChangedError,
)
from nexus.apps.orders.models import Order, OrderEvent, OrderLine
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.products.errors import OutOfStockError
from nexus.apps.products.models import Product, StockChange
from nexus.core.audit.models import Entry
from tests.support.factories import HOME, offer, paid, person, placed, shelves

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def buyer() -> Any:
    shelves()
    return person("buyer")


def order(buyer: Any, **options: Any) -> Order:
    wanted = {"address": HOME, "shipping_method": ShippingMethod.STANDARD, **options}
    return services.place_order(by=buyer, **wanted)


def test_an_order_keeps_what_was_sold_as_it_was(buyer: Any) -> None:
    merchant = person("merchant", "merchant")
    one, other = offer(1, owner=merchant), offer(2, owner=merchant, price=Decimal("0.05"))
    services.add_to_cart(product_id=one.pk, quantity=2, by=buyer)
    services.add_to_cart(product_id=other.pk, quantity=3, by=buyer)
    made = order(buyer, expected_total=Decimal("44.85"))
    Product.objects.update(price=1, name="Something else")

    made.refresh_from_db()
    assert (made.state, made.lines_total, made.shipping, made.total) == (
        "pending_payment",
        Decimal("39.95"),
        Decimal("4.90"),
        Decimal("44.85"),
    )
    assert (made.buyer, made.merchant, made.recipient) == (buyer, merchant, "Ada")
    lines = made.lines.order_by("pk").values_list("sku", "name", "price", "quantity", "total")
    assert list(lines) == [
        ("K-1", "Kettle 1", Decimal("19.90"), 2, Decimal("39.80")),
        ("K-2", "Kettle 2", Decimal("0.05"), 3, Decimal("0.15")),
    ]
    event = made.events.get()
    assert (event.number, event.kind, event.amount, event.actor) == (
        1,
        "placed",
        Decimal("44.85"),
        buyer,
    )
    assert Entry.objects.get(action="order.placed").actor_id == buyer.pk


def test_stock_is_taken_and_booked_and_the_cart_is_empty(buyer: Any) -> None:
    product = offer(stock=3)
    made = placed(buyer, product, quantity=2)
    change = StockChange.objects.get()

    assert Product.objects.get().stock == 1
    assert (change.quantity, change.changed_by, change.reference) == (-2, buyer, made.reference)
    with pytest.raises(CartEmptyError):
        order(buyer)


def test_an_order_of_several_merchants_is_no_merchants(buyer: Any) -> None:
    one, other = (person(name, "merchant") for name in ("one", "other"))
    made = placed(buyer, offer(1, owner=one), offer(2, owner=other))

    assert made.merchant is None


def test_nothing_is_taken_where_one_product_is_missing(buyer: Any) -> None:
    one, other = offer(1, stock=3), offer(2, stock=1)
    with pytest.raises(OutOfStockError, match=f"Product {other.pk} does not have 2 pieces"):
        placed(buyer, one, other, quantity=2)

    assert list(Product.objects.order_by("pk").values_list("stock", flat=True)) == [3, 1]
    assert not Order.objects.exists()
    assert not StockChange.objects.exists()
    assert buyer.cart.lines.count() == 2


def test_unpublished_product_is_not_sold(buyer: Any) -> None:
    services.add_to_cart(product_id=offer().pk, quantity=1, by=buyer)
    Product.objects.update(is_published=False)
    with pytest.raises(OutOfStockError):
        order(buyer)


def test_another_sum_than_was_shown_is_refused(buyer: Any) -> None:
    services.add_to_cart(product_id=offer().pk, quantity=1, by=buyer)
    with pytest.raises(TotalChangedError, match=r"24\.80 EUR"):
        order(buyer, expected_total=Decimal("24.79"))

    assert Product.objects.get().stock == 3


def test_currencies_that_cannot_be_paid_together_or_shipped_are_refused(buyer: Any) -> None:
    for number in (1, 2):
        services.add_to_cart(product_id=offer(number).pk, quantity=1, by=buyer)
    Product.objects.filter(sku="K-2").update(currency="USD")
    with pytest.raises(CartCurrencyError):
        order(buyer)
    Product.objects.update(currency="XTS")
    with pytest.raises(ShippingUnavailableError):
        order(buyer)

    assert set(Product.objects.values_list("stock", flat=True)) == {3}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_repeated_checkouts_of_a_cart_make_one_order(buyer: Any) -> None:
    product = offer(stock=50)
    services.add_to_cart(product_id=product.pk, quantity=1, by=buyer)

    def attempt(_number: int) -> bool:
        try:
            order(buyer)
        except CartEmptyError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_carts_in_opposite_orders_do_not_wait_for_each_other() -> None:
    shelves()
    products = [offer(number, stock=1_000) for number in range(4)]
    buyers = [person(f"buyer-{number}") for number in range(8)]

    def attempt(number: int) -> int:
        try:
            chosen = products if number % 2 else products[::-1]
            for _ in range(5):
                placed(buyers[number], *chosen)
        finally:
            connection.close()
        return 5

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 40
    assert set(Product.objects.values_list("stock", flat=True)) == {960}


def test_history_is_never_deleted_nor_changed(buyer: Any) -> None:
    made = paid(buyer, offer())
    attempts = (
        lambda: OrderEvent.objects.all().delete(),
        lambda: OrderEvent.objects.update(kind="paid"),
        lambda: OrderLine.objects.all().delete(),
        lambda: OrderLine.objects.update(price=0),
        lambda: Order.objects.filter(pk=made.pk)._raw_delete("default"),
        lambda: made.payments.all()._raw_delete("default"),
    )
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="history"), transaction.atomic():
            attempt()
    for kept in (made, buyer, Product.objects.get()):
        with pytest.raises(models.ProtectedError):
            kept.delete()


def test_an_event_has_one_place_in_its_history(buyer: Any) -> None:
    made = placed(buyer, offer())
    with pytest.raises(IntegrityError, match="orders_orderevent_number_unique"):
        OrderEvent.objects.create(order=made, number=1, kind="paid")


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"total": 1}, "orders_order_total_adds_up"),
        ({"paid": 1}, "orders_order_paid_whole"),
        ({"refunded": 1}, "orders_order_refunded_at_most_paid"),
        ({"state": "lost"}, "orders_order_state_known"),
        ({"country": "pt"}, "orders_order_country_iso_3166"),
    ],
)
def test_sums_that_cannot_be_are_not_written(
    buyer: Any, changed: dict[str, Any], constraint: str
) -> None:
    placed(buyer, offer())
    with pytest.raises(IntegrityError, match=constraint):
        Order.objects.update(**changed)
