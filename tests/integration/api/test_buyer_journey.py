"""The whole journey of a buyer, from sign-up to order history, over REST and over GraphQL."""

import uuid
from typing import Any, Protocol

import pytest
from django.core import mail
from django.test import Client

from nexus.apps.orders.models import Payment
from tests.support.accounts import mails_sent, sent_token
from tests.support.factories import CHECKOUT, JSON, message, offer, shelves

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

EMAIL, PASSWORD = "ada@example.org", "correct horse battery"


class Walker(Protocol):
    """The steps of the journey; each returns what the next one needs."""

    def sign_up(self) -> None: ...
    def verify(self, token: str) -> None: ...
    def log_in(self) -> None: ...
    def browse(self) -> int: ...
    def fill_cart(self, product: int) -> str: ...
    def check_out(self) -> int: ...
    def pay(self, order: int) -> None: ...
    def history(self, order: int) -> tuple[str, list[str]]: ...


class OverRest:
    """The journey over REST."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers: dict[str, str] = {}

    def post(self, path: str, body: Any = None) -> Any:
        headers = {**self.headers, "Idempotency-Key": f'"{uuid.uuid4()}"'}
        with mails_sent():
            answer = self.client.post(f"/api/v1/{path}", body, content_type=JSON, headers=headers)
        assert answer.status_code < 300, answer.content
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1/{path}", headers=self.headers)
        assert answer.status_code == 200
        return answer.json()

    def sign_up(self) -> None:
        self.post("accounts/sign-up/", {"email": EMAIL, "password": PASSWORD, "name": "Ada"})

    def verify(self, token: str) -> None:
        self.post("accounts/verify/", {"token": token})

    def log_in(self) -> None:
        tokens = self.post("accounts/log-in/", {"email": EMAIL, "password": PASSWORD})
        self.headers = {"Authorization": f"Bearer {tokens['access']}"}

    def browse(self) -> int:
        return int(self.get("products/?q=kettle&in_stock=true")["results"][0]["id"])

    def fill_cart(self, product: int) -> str:
        return str(self.post("cart/lines/", {"product": product, "quantity": 2})["total"])

    def check_out(self) -> int:
        return int(self.post("checkout/", CHECKOUT)["id"])

    def pay(self, order: int) -> None:
        assert self.post(f"orders/{order}/payments/")["status"] == "started"

    def history(self, order: int) -> tuple[str, list[str]]:
        (shown,) = self.get("orders/")["results"]
        assert shown == self.get(f"orders/{order}/")
        events = self.get(f"orders/{order}/events/")["results"]
        return shown["state"], [event["kind"] for event in events]


class OverGraphql:
    """The same journey over GraphQL."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers: dict[str, str] = {}

    def ask(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": {**variables}}
        with mails_sent():
            answer = self.client.post("/graphql/", body, content_type=JSON, headers=self.headers)
        found = answer.json()
        assert "errors" not in found, found
        return next(iter(found["data"].values()))

    def sign_up(self) -> None:
        query = "mutation ($e: String!, $p: String!) { signUp(email: $e, password: $p) }"
        assert self.ask(query, e=EMAIL, p=PASSWORD) is True

    def verify(self, token: str) -> None:
        assert self.ask("mutation ($t: String!) { verifyEmail(token: $t) }", t=token) is True

    def log_in(self) -> None:
        query = "mutation ($e: String!, $p: String!) { logIn(email: $e, password: $p) { access } }"
        tokens = self.ask(query, e=EMAIL, p=PASSWORD)
        self.headers = {"Authorization": f"Bearer {tokens['access']}"}

    def browse(self) -> int:
        query = '{ products(q: "kettle", inStock: true) { edges { node { id } } } }'
        return int(self.ask(query)["edges"][0]["node"]["id"])

    def fill_cart(self, product: int) -> str:
        query = "mutation ($id: BigInt!) { addToCart(product: $id, quantity: 2) { total } }"
        return str(self.ask(query, id=product)["total"])

    def check_out(self) -> int:
        query = """mutation ($key: String!) { placeOrder(idempotencyKey: $key, recipient: "Ada",
            street: "Harbour 1", city: "Porto", country: "PT") { id } }"""
        return int(self.ask(query, key=str(uuid.uuid4()))["id"])

    def pay(self, order: int) -> None:
        query = """mutation ($id: BigInt!, $key: String!) {
            startPayment(order: $id, idempotencyKey: $key) { status } }"""
        assert self.ask(query, id=order, key=str(uuid.uuid4())) == {"status": "STARTED"}

    def history(self, order: int) -> tuple[str, list[str]]:
        state = self.ask("query ($id: BigInt!) { order(id: $id) { state } }", id=order)["state"]
        query = "query ($id: BigInt!) { orderEvents(order: $id) { edges { node { kind } } } }"
        edges = self.ask(query, id=order)["edges"]
        return state.lower(), [edge["node"]["kind"].lower() for edge in edges]


@pytest.mark.parametrize("way", [OverRest, OverGraphql])
def test_a_buyer_walks_from_sign_up_to_history(way: type[Walker]) -> None:
    shelves()
    offer(stock=2)
    walker = way()
    walker.sign_up()
    walker.verify(sent_token())
    walker.log_in()
    product = walker.browse()
    assert walker.fill_cart(product) == "39.80"
    order = walker.check_out()
    walker.pay(order)
    body, headers = message(Payment.objects.get())
    with mails_sent():
        told = Client().post(
            "/api/v1/payments/callbacks/sandbox/", body, content_type=JSON, headers=headers
        )
    assert told.json() == {"outcome": "paid"}
    assert walker.history(order) == ("paid", ["placed", "paid"])

    subjects = [str(message.subject) for message in mail.outbox]
    assert len(subjects) == 3
    assert "Your order" in subjects[1]
    assert "We received your payment" in subjects[2]
    letter: Any = mail.outbox[2]
    assert letter.to == [EMAIL]
    assert "2 × Kettle 1: 39.80 EUR" in letter.body
    assert "Total: 44.70 EUR" in letter.body
    assert "<td>Kettle 1</td>" in letter.alternatives[0][0]
