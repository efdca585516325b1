"""Orders over REST and GraphQL: retries, refusals, callbacks, and the queries of a list."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.orders import services
from nexus.apps.orders.models import Order, Payment, Refund
from nexus.apps.products.models import Product
from tests.support.accounts import mails_sent
from tests.support.factories import (
    CHECKOUT,
    JSON,
    kinds,
    message,
    offer,
    paid,
    person,
    placed,
    shelves,
    signed_in,
    told,
)

pytestmark = pytest.mark.django_db

API = "/api/v1/"


@pytest.fixture
def buyer() -> Any:
    shelves()
    return person("buyer")


@pytest.fixture
def client(buyer: Any) -> Client:
    return signed_in(buyer)


def send(
    client: Client, path: str, body: Any = None, *, key: str = "", method: str = "post"
) -> Any:
    headers = {"Idempotency-Key": key or f'"{uuid.uuid4()}"'}
    return getattr(client, method)(f"{API}{path}", body, content_type=JSON, headers=headers)


def answer(client: Client, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return client.post("/graphql/", body, content_type=JSON)


def data(client: Client, query: str, **variables: Any) -> Any:
    found = answer(client, query, **variables).json()
    assert "errors" not in found, found["errors"]
    return found["data"]


def fill(client: Client, **fields: Any) -> Product:
    product = offer(**{"stock": 9, **fields})
    assert send(client, "cart/lines/", {"product": product.pk, "quantity": 1}).status_code == 200
    return product


# Checkout and its retry.


def test_a_repeated_checkout_is_answered_byte_for_byte(client: Client, buyer: Any) -> None:
    fill(client)
    key = f'"{uuid.uuid4()}"'
    first = send(client, "checkout/", CHECKOUT, key=key)
    services.cancel_order(order_id=first.json()["id"], by=buyer)
    fill(client, number=2)
    again = send(client, "checkout/", CHECKOUT, key=key.strip('"'))

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    for name in ("Content-Type", "Location"):
        assert first.headers[name] == again.headers[name]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Order.objects.count() == 1
    shown = client.get(first.headers["Location"]).json()
    assert (shown["state"], first.json()["state"]) == ("cancelled", "pending_payment")


@pytest.mark.parametrize(
    ("key", "code"),
    [("", "idempotency_key_required"), ("short", "idempotency_key_invalid")],
)
@pytest.mark.parametrize("path", ["checkout/", "orders/{}/payments/", "orders/{}/refunds/"])
def test_idempotency_key_is_required(
    client: Client, buyer: Any, path: str, key: str, code: str
) -> None:
    order = placed(buyer, offer())
    headers = {"Idempotency-Key": key} if key else {}
    path = f"{API}{path.format(order.pk)}"
    refused = client.post(path, CHECKOUT, content_type=JSON, headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert Order.objects.count() == 1


def test_a_key_with_another_body_is_refused(client: Client) -> None:
    fill(client)
    key = str(uuid.uuid4())
    assert send(client, "checkout/", CHECKOUT, key=key).status_code == 201
    for path, body in (
        ("checkout/", {**CHECKOUT, "city": "Lisbon"}),
        (f"orders/{Order.objects.get().pk}/payments/", None),
    ):
        refused = send(client, path, body, key=key)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_an_attempt_that_was_refused_may_be_made_again(client: Client) -> None:
    product = fill(client)
    Product.objects.update(stock=0)
    key = str(uuid.uuid4())
    refused = send(client, "checkout/", CHECKOUT, key=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    Product.objects.filter(pk=product.pk).update(stock=1)

    assert send(client, "checkout/", CHECKOUT, key=key).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "pt"},
        {"recipient": " "},
        {"city": None},
        {"shipping_method": "drone"},
        {"expected_total": "-1"},
        {"street": "x" * 201},
    ],
)
def test_an_address_that_cannot_be_is_refused(client: Client, wrong: dict[str, Any]) -> None:
    fill(client)
    refused = send(client, "checkout/", {**CHECKOUT, **wrong})

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [f"/{next(iter(wrong))}"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("cart/lines/", {"product": 0, "quantity": 1}, 400, "invalid_input"),
        ("cart/lines/", {"product": 2**63, "quantity": 1}, 400, "invalid_input"),
        ("cart/lines/", {"product": 2**62, "quantity": 1}, 404, "product_not_found"),
        ("cart/lines/", {"product": 1, "quantity": 100}, 400, "invalid_input"),
        ("checkout/", CHECKOUT, 409, "cart_empty"),
        ("orders/999/payments/", None, 404, "order_not_found"),
        (f"orders/{2**70}/cancel/", {}, 404, "order_not_found"),
    ],
)
def test_invalid_input_is_reported(
    client: Client, path: str, body: Any, status: int, code: str
) -> None:
    refused = send(client, path, body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_an_order_over_graphql_is_repeatable_too(client: Client) -> None:
    product = fill(client)
    place = """mutation ($key: String!, $city: String!) { placeOrder(idempotencyKey: $key,
        recipient: "Ada", street: "Harbour 1", city: $city, country: "PT",
        expectedTotal: "24.80") { id number state total lines { sku product total } } }"""
    key = str(uuid.uuid4())
    first = answer(client, place, key=key, city="Porto")
    again = answer(client, place, key=key, city="Porto")

    made = first.json()["data"]["placeOrder"]
    assert (made["state"], made["total"]) == ("PENDING_PAYMENT", "24.80")
    assert made["lines"] == [{"sku": "K-1", "product": product.pk, "total": "19.90"}]
    assert again.json()["data"]["placeOrder"] == made
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    other = answer(client, place, key=key, city="Lisbon").json()["errors"][0]["extensions"]
    assert (other["code"], other["status"]) == ("idempotency_key_reused", 422)
    none = answer(client, place, key="", city="Porto").json()["errors"][0]["extensions"]
    assert none["code"] == "idempotency_key_required"
    assert Order.objects.count() == 1

    pay = """mutation ($id: BigInt!, $key: String!) { startPayment(order: $id,
        idempotencyKey: $key) { id status amount payUrl } }"""
    payment = data(client, pay, id=made["id"], key=str(uuid.uuid4()))["startPayment"]
    assert payment["status"] == "STARTED"
    assert told(Payment.objects.get()) == "paid"
    support = signed_in(person("support", "support"))
    ship = 'mutation ($id: BigInt!) { shipOrder(id: $id, tracking: "RR") { state } }'
    assert data(support, ship, id=made["id"]) == {"shipOrder": {"state": "SHIPPED"}}
    refund = """mutation ($id: BigInt!, $key: String!) { refundOrder(order: $id, amount: "4.80",
        idempotencyKey: $key) { status amount requestedBy } }"""
    with mails_sent():
        back = data(support, refund, id=made["id"], key=str(uuid.uuid4()))["refundOrder"]
    assert (back["status"], back["amount"]) == ("REQUESTED", "4.80")
    history = """query ($id: BigInt!) { orderEvents(order: $id) { edges { node {
        number kind amount actor } } } order(id: $id) { state refunded } }"""
    found = data(client, history, id=made["id"])
    assert [edge["node"]["kind"] for edge in found["orderEvents"]["edges"]] == [
        "PLACED",
        "PAID",
        "SHIPPED",
        "REFUND_REQUESTED",
        "REFUNDED",
    ]
    assert found["order"] == {"state": "PARTIALLY_REFUNDED", "refunded": "4.80"}


# Callbacks.


def call_back(body: bytes, headers: dict[str, str], provider: str = "sandbox") -> Any:
    address = f"{API}payments/callbacks/{provider}/"
    return Client().post(address, body, content_type=JSON, headers=headers)


def test_a_signed_callback_pays_and_a_second_is_ignored(client: Client, buyer: Any) -> None:
    order = placed(buyer, offer())
    started = send(client, f"orders/{order.pk}/payments/")
    assert started.status_code == 201
    sent = message(Payment.objects.get())

    assert [call_back(*sent).json()["outcome"] for _ in range(2)] == ["paid", "doubled"]
    shown = client.get(started.headers["Location"]).json()
    assert (shown["status"], shown["received"]) == ("succeeded", str(order.total))
    assert kinds(order) == ["placed", "paid"]


def test_a_callback_that_nobody_signed_is_refused(buyer: Any) -> None:
    order = placed(buyer, offer())
    payment = services.start_payment(order_id=order.pk, by=buyer)
    body, headers = message(payment)
    forged = json.dumps({**json.loads(body), "more": 1}).encode()
    for sent in ((forged, headers), (body, {}), (b"", {}), (b"\xff", headers)):
        refused = call_back(*sent)
        assert (refused.status_code, refused.json()["code"]) == (403, "signature_invalid")
    unknown = call_back(body, headers, "nobody")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "provider_not_found")
    order.refresh_from_db()
    assert order.state == "pending_payment"


# The queries of a list.


LISTS: dict[str, tuple[str, str]] = {
    "cart": ("cart/", "cart { lines { name } total }"),
    "own": (
        "orders/?limit=100",
        "ownOrders(first: 100) { edges { node { id number lines { sku total } } } }",
    ),
    "managed": (
        "orders/managed/?limit=100",
        "managedOrders(first: 100) { edges { node { id lines { name merchant } } } }",
    ),
    "events": (
        "orders/{order}/events/?limit=100",
        "orderEvents(order: {order}, first: 100) { edges { node { number actor } } }",
    ),
    "payments": (
        "orders/{order}/payments/?limit=100",
        "orderPayments(order: {order}, first: 100) { edges { node { id order } } }",
    ),
    "refunds": (
        "orders/{order}/refunds/?limit=100",
        "orderRefunds(order: {order}, first: 100) { edges { node { id payment } } }",
    ),
}


def queries_of(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as counted:
        ask()
    return len([q for q in counted if "django_session" not in q["sql"]])


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_as_many_queries_for_one_row_as_for_many(name: str) -> None:
    shelves()
    admin = person("admin", "admin")
    client = signed_in(admin)
    order = paid(admin, offer(0, stock=99))
    address, query = (text.replace("{order}", str(order.pk)) for text in LISTS[name])

    def counts() -> tuple[int, int]:
        rest = queries_of(lambda: client.get(f"{API}{address}"))
        return rest, queries_of(lambda: data(client, f"{{ {query} }}"))

    def add(number: int) -> None:
        services.refund_order(order_id=order.pk, by=admin, amount=order.total / 100)
        placed(admin, offer(number), Product.objects.earliest("pk"))
        Payment.objects.create(
            order=order, provider="sandbox", reference=number, pay_url="", amount=1, currency="EUR"
        )

    def fill_cart(size: int) -> None:
        for product in Product.objects.order_by("pk")[:size]:
            services.set_quantity(product_id=product.pk, quantity=1, by=admin)

    add(1)
    fill_cart(1)
    one = counts()
    for number in range(2, 31):
        services.clear_cart(by=admin)
        add(number)
    fill_cart(30)
    assert counts() == one
    assert max(one) <= 5
    shown = client.get(f"{API}{address}").json()
    assert len(shown.get("results", shown.get("lines"))) >= 30
    assert Refund.objects.count() == 30


# Orders of several merchants; tests/security checks the other permissions.


OF_BUYERS = {("get", "orders/{}/"), ("get", "orders/{}/events/"), ("post", "orders/{}/cancel/")}
OF_SUPPORT = {("post", "orders/{}/ship/"), ("post", "orders/{}/refunds/")}


@pytest.mark.parametrize(("method", "path"), sorted(OF_BUYERS | OF_SUPPORT))
@pytest.mark.parametrize("caller", ["buyer", "one", "support"])
def test_an_order_of_several_merchants_is_no_merchants(
    buyer: Any, caller: str, method: str, path: str
) -> None:
    people = {"buyer": buyer, "one": person("one", "merchant"), "support": person("s", "support")}
    other = person("other", "merchant")
    order = paid(buyer, offer(1, owner=people["one"]), offer(2, owner=other))

    allowed = caller == "support" or (caller == "buyer" and (method, path) in OF_BUYERS)
    refusal = 403 if caller == "buyer" else 404
    status = send(signed_in(people[caller]), path.format(order.pk), {}, method=method).status_code
    assert status in ({200, 201} if allowed else {refusal})


def test_a_merchant_is_shown_what_they_sold_alone(buyer: Any) -> None:
    one, other = person("one", "merchant"), person("other", "merchant")
    products = [offer(1, owner=one), offer(2, owner=other)]
    own = placed(buyer, products[0])
    placed(buyer, products[1])
    both = placed(buyer, *products)

    def listed(user: Any) -> list[int]:
        return [
            row["id"]
            for row in send(signed_in(user), "orders/managed/", method="get").json()["results"]
        ]

    assert listed(one) == [own.pk]
    assert listed(person("support", "support"))[0] == both.pk
    assert len(listed(person("admin", "admin"))) == 3
