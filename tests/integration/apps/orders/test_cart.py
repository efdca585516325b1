"""A cart: what may be in it, and its totals and problems."""

from decimal import Decimal
from typing import Any

import pytest

from nexus.apps.orders import queries, services
from nexus.apps.orders.errors import (
    CartCurrencyError,
    CartFullError,
    CartLineNotFoundError,
    QuantityError,
)
from nexus.apps.products.errors import ProductNotFoundError
from nexus.apps.products.models import Product
from tests.support.factories import offer, person, shelves

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def buyer() -> Any:
    shelves()
    return person("buyer")


def test_a_cart_begins_empty(buyer: Any) -> None:
    assert queries.get_cart(buyer) == queries.Cart([], None, Decimal(0), can_be_ordered=False)


def test_pieces_are_added_set_and_taken_out(buyer: Any) -> None:
    one, other = offer(1, stock=9), offer(2, price=Decimal("5.05"))
    services.add_to_cart(product_id=one.pk, quantity=2, by=buyer)
    services.add_to_cart(product_id=one.pk, quantity=3, by=buyer)
    cart = services.set_quantity(product_id=other.pk, quantity=2, by=buyer)

    assert [(line.product, line.quantity, line.total) for line in cart.lines] == [
        (one.pk, 5, Decimal("99.50")),
        (other.pk, 2, Decimal("10.10")),
    ]
    assert (cart.total, cart.currency, cart.can_be_ordered) == (Decimal("109.60"), "EUR", True)
    assert len(services.remove_from_cart(product_id=one.pk, by=buyer).lines) == 1
    with pytest.raises(CartLineNotFoundError):
        services.remove_from_cart(product_id=one.pk, by=buyer)
    assert services.clear_cart(by=buyer).lines == []


def test_a_cart_takes_no_stock_and_shows_prices_of_today(buyer: Any) -> None:
    product = offer(stock=3)
    services.add_to_cart(product_id=product.pk, quantity=3, by=buyer)
    Product.objects.update(price=Decimal(7))

    assert Product.objects.get().stock == 3
    assert queries.get_cart(buyer).total == Decimal(21)


def test_each_line_has_its_obstacles(buyer: Any) -> None:
    for number in range(1, 6):
        services.add_to_cart(product_id=offer(number).pk, quantity=2, by=buyer)
    Product.objects.filter(sku="K-2").update(stock=0)
    Product.objects.filter(sku="K-3").update(stock=1)
    Product.objects.filter(sku="K-4").update(is_published=False)
    Product.objects.filter(sku="K-5").update(currency="USD")
    cart = queries.get_cart(buyer)

    problems = [line.problem for line in cart.lines]
    assert problems == [None, "out_of_stock", "too_few", "unavailable", "currency"]
    assert (cart.currency, cart.total, cart.can_be_ordered) == (None, Decimal(0), False)


def test_a_cart_has_one_currency(buyer: Any) -> None:
    one, other = offer(1), offer(2, currency="USD")
    services.add_to_cart(product_id=one.pk, quantity=1, by=buyer)
    with pytest.raises(CartCurrencyError):
        services.add_to_cart(product_id=other.pk, quantity=1, by=buyer)


def test_a_cart_has_an_end(buyer: Any) -> None:
    for number in range(50):
        services.add_to_cart(product_id=offer(number).pk, quantity=1, by=buyer)
    last = offer(50)
    with pytest.raises(CartFullError):
        services.add_to_cart(product_id=last.pk, quantity=1, by=buyer)

    first = Product.objects.earliest("pk")
    services.add_to_cart(product_id=first.pk, quantity=98, by=buyer)
    with pytest.raises(QuantityError):
        services.add_to_cart(product_id=first.pk, quantity=1, by=buyer)
    with pytest.raises(QuantityError):
        services.set_quantity(product_id=first.pk, quantity=0, by=buyer)


def test_a_draft_is_in_no_cart_not_even_its_merchants(buyer: Any) -> None:
    merchant = person("merchant", "merchant")
    draft = offer(is_published=False, owner=merchant)
    for who in (buyer, merchant):
        with pytest.raises(ProductNotFoundError):
            services.add_to_cart(product_id=draft.pk, quantity=1, by=who)
