"""Concurrent checkouts: nothing is oversold, and no retry orders twice."""

import logging
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Sum
from django.test import Client

from nexus.apps.orders import services
from nexus.apps.orders.checking import audit_orders
from nexus.apps.orders.models import Cart, CartLine, Order, OrderLine
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.products.errors import OutOfStockError
from nexus.apps.products.models import Product
from tests.support.factories import CHECKOUT, HOME, JSON, offer, shelves

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.timeout(3_600),
]

THREADS, ITEMS, REPETITIONS = 16, 100, 20
PAUSE_S = 0.01


@pytest.fixture
def _served() -> Iterator[None]:
    """The folder of static files, and no log line for each refused order."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    log = logging.getLogger("django.request")
    usual = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(usual)


def with_carts(product: Product, count: int) -> list[Any]:
    """Users, each with one piece of a product in the cart."""
    users: list[Any] = get_user_model().objects.bulk_create(
        get_user_model()(email=f"{uuid.uuid4()}@example.org", password="!") for _ in range(count)
    )
    Cart.objects.bulk_create(Cart(user=user) for user in users)
    CartLine.objects.bulk_create(
        CartLine(cart_id=user.pk, product=product, quantity=1) for user in users
    )
    return users


def test_ten_thousand_buyers_get_a_hundred_items(
    seed: int, sized: Callable[[int, int], int]
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- a seeded order of buyers, not a secret
    buyers, rounds = sized(1_000, 10_000), sized(1, 5)
    shelves()
    for number in range(rounds):
        product = offer(number, stock=ITEMS)
        crowd = with_carts(product, buyers)
        chance.shuffle(crowd)
        with ThreadPoolExecutor(THREADS) as pool:
            shares = [crowd[start::THREADS] for start in range(THREADS)]
            told: Counter[str] = sum(pool.map(_buy, shares), Counter())

        sold = OrderLine.objects.filter(product=product).aggregate(sum=Sum("quantity"))["sum"]
        product.refresh_from_db()
        figures = f"{buyers} buyers: {told['sold']} sold, {told['refused']} refused"
        print(figures, f"round {number + 1}, {product.stock} left")  # noqa: T201 -- the figures of the run
        assert (told["sold"], told["refused"]) == (ITEMS, buyers - ITEMS)
        assert (sold, product.stock) == (ITEMS, 0)
    assert Order.objects.count() == ITEMS * rounds
    assert list(audit_orders()) == []


def _buy(crowd: Sequence[Any]) -> Counter[str]:
    told: Counter[str] = Counter()
    try:
        for buyer in crowd:
            try:
                services.place_order(
                    address=HOME, shipping_method=ShippingMethod.STANDARD, by=buyer
                )
            except OutOfStockError:
                told["refused"] += 1
            else:
                told["sold"] += 1
    finally:
        connection.close()
    return told


@pytest.mark.usefixtures("_served")
def test_a_thousand_keys_repeated_make_a_thousand_orders(
    sized: Callable[[int, int], int],
) -> None:
    keys = sized(50, 1_000)
    shelves()
    crowd = with_carts(offer(stock=keys), keys)
    sessions = []
    for buyer in crowd:
        client = Client()
        client.force_login(buyer)
        sessions.append(client.cookies["sessionid"].value)
    together = threading.Barrier(REPETITIONS)

    def repeat(_number: int) -> tuple[list[tuple[int, bytes]], Counter[str]]:
        bodies, told, client = [], Counter[str](), Client()
        try:
            for number, session in enumerate(sessions):
                client.cookies["sessionid"] = session
                together.wait()
                bodies.append(_insist(client, f'"key-number-{number}"', told))
        finally:
            connection.close()
        return bodies, told

    with ThreadPoolExecutor(REPETITIONS) as pool:
        results = list(pool.map(repeat, range(REPETITIONS)))
    told: Counter[str] = sum((counted for _, counted in results), Counter())
    different = sum(len(set(column)) - 1 for column in zip(*(b for b, _ in results), strict=True))

    print(  # noqa: T201 -- the figures of the run
        f"{keys} keys × {REPETITIONS}: {Order.objects.count()} orders, {different} bodies differ, "
        f"{told['replayed']} answered again, {told['running']} told to wait"
    )
    assert Order.objects.count() == keys
    assert different == 0
    assert told["replayed"] == keys * (REPETITIONS - 1)
    assert Product.objects.get().stock == 0
    assert list(audit_orders()) == []


def _insist(client: Client, key: str, told: Counter[str]) -> tuple[int, bytes]:
    """Repeat a checkout until the response is an order."""
    headers = {"Idempotency-Key": key}
    while True:
        answer: Any = client.post("/api/v1/checkout/", CHECKOUT, content_type=JSON, headers=headers)
        if answer.status_code != 409:
            told["replayed"] += "Idempotent-Replayed" in answer.headers
            return answer.status_code, answer.content
        assert answer.json()["code"] == "idempotency_running"
        told["running"] += 1
        # Wait as a client would, so that the running request makes progress.
        threading.Event().wait(PAUSE_S)
