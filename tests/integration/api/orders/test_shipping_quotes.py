"""Quotes of carriers, from the request to the order, and every way to cheat with one."""

import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.orders import services
from nexus.apps.orders.carriers.sandbox import sandbox_addresses, sandbox_command
from nexus.apps.orders.models import Order
from nexus.apps.orders.services import quotes
from nexus.apps.products.models import Product
from nexus.core.cache.rate_limits import Limit
from tests.support.factories import CHECKOUT, JSON, offer, person, shelves, signed_in
from tests.support.servers import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.django_db

API = "/api/v1/"
PATIENCE_S = 30
PLACE = {"country": "PT", "postal_code": "4000-001"}


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[dict[str, str]]:
    """The sandbox carriers, in their own process as `nexus serve` starts it."""
    port = free_port()
    process = subprocess.Popen(sandbox_command(port))
    try:
        _wait_for(port)
        yield sandbox_addresses(port)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)


def _wait_for(port: int) -> None:
    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    assert until(listens), "The sandboxes were not started."


@pytest.fixture(autouse=True)
def _carriers(sandboxes: dict[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the fast sandboxes and the broken one, with a timeout for a busy machine."""
    settings.CARRIERS = {name: sandboxes[name] for name in ("swift", "thrifty", "broken")}
    monkeypatch.setattr(quotes, "DEADLINE_S", PATIENCE_S)
    monkeypatch.setattr(quotes, "ASKING", Limit(burst=1_000, rate=1_000))


@pytest.fixture
def buyer() -> Any:
    shelves()
    return person("buyer")


@pytest.fixture
def client(buyer: Any) -> Client:
    services.add_to_cart(product_id=offer(stock=9).pk, quantity=2, by=buyer)
    return signed_in(buyer)


def send(client: Client, path: str, body: Any) -> Any:
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return client.post(f"{API}{path}", body, content_type=JSON, headers=headers)


def cheapest(client: Client) -> str:
    return str(send(client, "shipping-quotes/", PLACE).json()["quotes"][0]["quote"])


def check_out(client: Client, quote: str, **changed: Any) -> Any:
    return send(client, "checkout/", {**CHECKOUT, **changed, "quote": quote})


def test_every_carrier_answers_or_is_named(client: Client) -> None:
    answer = send(client, "shipping-quotes/", PLACE)

    assert answer.status_code == 200
    shown = [
        (one["carrier"], one["shipping_method"], one["price"], one["currency"], one["days"])
        for one in answer.json()["quotes"]
    ]
    # 0.8 and 1.25 of the flat prices, by the sandboxes' shares for two pieces.
    assert shown == [
        ("thrifty", "standard", "3.92", "EUR", 6),
        ("swift", "standard", "6.12", "EUR", 2),
        ("thrifty", "express", "10.32", "EUR", 1),
        ("swift", "express", "16.12", "EUR", 1),
    ]
    assert answer.json()["unanswered"] == [{"carrier": "broken", "reason": "failed"}]


def test_slow_carrier_is_named(
    client: Client, sandboxes: dict[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CARRIERS = {"tardy": sandboxes["tardy"]}
    monkeypatch.setattr(quotes, "DEADLINE_S", 0.2)

    answer = send(client, "shipping-quotes/", PLACE).json()
    assert answer == {"quotes": [], "unanswered": [{"carrier": "tardy", "reason": "too_slow"}]}


def test_an_order_travels_as_the_quote_says(client: Client) -> None:
    made = check_out(client, cheapest(client), shipping_method="express", expected_total="43.72")

    assert made.status_code == 201
    shown = {name: made.json()[name] for name in ("carrier", "shipping_method", "shipping")}
    assert shown == {"carrier": "thrifty", "shipping_method": "standard", "shipping": "3.92"}
    assert made.json()["total"] == "43.72"


def test_the_flat_price_stays_without_a_quote(client: Client) -> None:
    made = send(client, "checkout/", CHECKOUT).json()
    assert (made["carrier"], made["shipping"]) == ("", "4.90")


def test_the_same_over_graphql(client: Client) -> None:
    def data(query: str) -> Any:
        answer = client.post("/graphql/", {"query": query}, content_type=JSON).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    asked = """{ shippingQuotes(country: "PT") { unanswered { carrier reason }
        quotes { carrier shippingMethod price days quote expiresAt } } }"""
    found = data(asked)["shippingQuotes"]
    assert found["unanswered"] == [{"carrier": "broken", "reason": "FAILED"}]
    best = found["quotes"][0]
    assert (best["carrier"], best["shippingMethod"], best["price"]) == (
        "thrifty",
        "STANDARD",
        "3.92",
    )
    placed = data(
        f"""mutation {{ placeOrder(idempotencyKey: "{uuid.uuid4()}", recipient: "Ada",
        street: "Harbour 1", city: "Porto", country: "PT", quote: "{best["quote"]}") {{
        carrier shipping }} }}"""
    )
    assert placed["placeOrder"] == {"carrier": "thrifty", "shipping": "3.92"}


# Refused requests.


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Order.objects.exists()
    assert Product.objects.get().stock == 9


def test_a_forged_quote_is_refused(client: Client) -> None:
    quote = cheapest(client)
    payload, moment, signature = quote.split(":")
    for forged in (
        "made-up",
        f"{payload}:{moment}:{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        f"{payload[:-1]}:{moment}:{signature}",
        f"{payload}:zzzzzz:{signature}",
    ):
        refused(check_out(client, forged), 403, "quote_forged")


def test_an_expired_quote_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = cheapest(client)
    monkeypatch.setattr(quotes, "VALID_FOR", timedelta(seconds=-1))
    refused(check_out(client, quote), 409, "quote_expired")


def test_a_quote_of_somebody_else_is_refused(client: Client) -> None:
    other = person("other")
    services.add_to_cart(product_id=Product.objects.get().pk, quantity=2, by=other)
    refused(check_out(signed_in(other), cheapest(client)), 403, "quote_foreign")


def test_a_quote_for_another_cart_is_refused(client: Client, buyer: Any) -> None:
    quote = cheapest(client)
    services.set_quantity(product_id=Product.objects.get().pk, quantity=3, by=buyer)
    refused(check_out(client, quote), 409, "quote_changed")


@pytest.mark.parametrize("changed", [{"country": "FR"}, {"postal_code": "1000"}])
def test_a_quote_for_another_place_is_refused(client: Client, changed: dict[str, str]) -> None:
    refused(check_out(client, cheapest(client), **changed), 409, "quote_changed")


def test_a_quote_in_another_currency_is_refused(client: Client) -> None:
    quote = cheapest(client)
    Product.objects.update(currency="USD")
    refused(check_out(client, quote), 409, "quote_changed")


def test_an_empty_cart_has_no_quotes(client: Client, buyer: Any) -> None:
    services.clear_cart(by=buyer)
    answer = send(client, "shipping-quotes/", PLACE)
    assert (answer.status_code, answer.json()["code"]) == (409, "cart_empty")


def test_a_cart_in_several_currencies_has_no_quotes(client: Client, buyer: Any) -> None:
    services.add_to_cart(product_id=offer(2).pk, quantity=1, by=buyer)
    Product.objects.filter(sku="K-2").update(currency="USD")
    answer = send(client, "shipping-quotes/", PLACE)
    assert (answer.status_code, answer.json()["code"]) == (409, "cart_currency")


def test_too_many_requests_for_quotes_are_refused(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CARRIERS = {}
    monkeypatch.setattr(quotes, "ASKING", Limit(burst=2, rate=1 / 3600))
    statuses = [send(client, "shipping-quotes/", PLACE).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_asking_costs_as_many_queries_for_one_line_as_for_many(
    client: Client, buyer: Any, settings: Any
) -> None:
    settings.CARRIERS = {}

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert send(client, "shipping-quotes/", PLACE).status_code == 200
        return len([q for q in queries if "django_session" not in q["sql"]])

    one = counted()
    for number in range(2, 31):
        services.add_to_cart(product_id=offer(number).pk, quantity=1, by=buyer)
    assert counted() == one <= 3
