"""Webhooks over REST and GraphQL: secrets shown once, the log, and the queries of a list."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.orders import services
from nexus.apps.orders.models import WebhookDelivery
from tests.support.accounts import mails_sent
from tests.support.factories import JSON, person, signed_in
from tests.support.http import Receiver, is_signed, receiving

pytestmark = pytest.mark.django_db

API = "/api/v1/webhooks/"
PUBLIC = "https://hook.example/in?shop=1"


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    settings.EMBEDDED, settings.WEBHOOKS_LOOPBACK = True, True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def merchant() -> Any:
    return person("merchant", "merchant")


@pytest.fixture
def client(merchant: Any) -> Client:
    return signed_in(merchant)


def send(client: Client, path: str = "", body: Any = None, method: str = "post") -> Any:
    with mails_sent():
        return getattr(client, method)(f"{API}{path}", body, content_type=JSON)


def data(client: Client, query: str, **variables: Any) -> Any:
    with mails_sent():
        answer = client.post(
            "/graphql/", {"query": query, "variables": variables}, content_type=JSON
        ).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def test_a_webhook_from_its_registration_to_its_end(client: Client, receiver: Receiver) -> None:
    made = send(client, "", {"url": receiver.address(), "events": ["paid", "placed", "paid"]})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    secret, shown = made.json()["secret"], made.json()["webhook"]
    assert (shown["events"], shown["is_on"], shown["failures"]) == (["paid", "placed"], True, 0)
    address = made.headers["Location"].removeprefix(API)
    assert "secret" not in send(client, address, method="get").json()

    ping = send(client, f"{address}ping/")
    assert ping.status_code == 201
    assert is_signed(receiver.sent[0], secret)
    found = client.get(ping.headers["Location"]).json()
    assert (found["status"], found["status_code"], found["attempts"]) == ("delivered", 204, 1)
    assert found["payload"] == receiver.sent[0].told
    assert found["message_id"] == receiver.sent[0].message_id
    assert found["duration_ms"] >= 0
    again = send(client, f"deliveries/{found['id']}/again/")
    assert (again.status_code, again.json()["status"]) == (200, "waiting")
    assert [row["attempts"] for row in client.get(f"{API}{address}deliveries/").json()["results"]]
    rotated = send(client, f"{address}secret/")
    assert rotated.headers["Cache-Control"] == "no-store"
    assert rotated.json()["secret"] not in {secret, ""}

    changed = send(client, address, {"is_on": False, "events": []}, method="patch").json()
    assert (changed["is_on"], changed["events"]) == (False, [])
    assert send(client, address, method="delete").status_code == 204
    assert send(client, address, method="get").json()["code"] == "webhook_not_found"


def test_the_same_over_graphql(client: Client, receiver: Receiver) -> None:
    register = """mutation ($url: String!) { registerWebhook(url: $url, events: [SHIPPED]) {
        secret webhook { id url events isOn failingSince } } }"""
    made = data(client, register, url=receiver.address())["registerWebhook"]
    hook = made["webhook"]["id"]
    assert made["webhook"] == {
        "id": hook,
        "url": receiver.address(),
        "events": ["SHIPPED"],
        "isOn": True,
        "failingSince": None,
    }
    ping = """mutation ($id: BigInt!) { pingWebhook(id: $id) { id status webhook payload } }"""
    sent = data(client, ping, id=hook)["pingWebhook"]
    assert (sent["status"], sent["webhook"]) == ("WAITING", hook)
    assert receiver.sent[0].told == sent["payload"]
    again = """mutation ($id: BigInt!) { deliverAgain(id: $id) { status attempts } }"""
    assert data(client, again, id=sent["id"])["deliverAgain"] == {
        "status": "WAITING",
        "attempts": 1,
    }
    read = """query ($hook: BigInt!, $id: BigInt!) { webhookDelivery(id: $id) { statusCode error }
        webhookDeliveries(webhook: $hook) { edges { node { status attempts } } }
        webhooks { edges { node { url } } } webhook(id: $hook) { events } }"""
    assert data(client, read, hook=hook, id=sent["id"]) == {
        "webhookDelivery": {"statusCode": 204, "error": ""},
        "webhookDeliveries": {"edges": [{"node": {"status": "DELIVERED", "attempts": 2}}]},
        "webhooks": {"edges": [{"node": {"url": receiver.address()}}]},
        "webhook": {"events": ["SHIPPED"]},
    }
    rotate = "mutation ($id: BigInt!) { rotateWebhookSecret(id: $id) }"
    assert data(client, rotate, id=hook)["rotateWebhookSecret"] != made["secret"]
    change = """mutation ($id: BigInt!) { changeWebhook(id: $id, isOn: false, events: []) {
        isOn events } }"""
    assert data(client, change, id=hook)["changeWebhook"] == {"isOn": False, "events": []}
    assert data(client, "mutation ($id: BigInt!) { deleteWebhook(id: $id) }", id=hook) == {
        "deleteWebhook": hook
    }


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("https://10.0.0.1/", 409, "address_refused"),
        ("https://167772161/", 409, "address_refused"),
        ("https://[::ffff:169.254.169.254]/", 409, "address_refused"),
        ("https://user@hook.example/", 400, "invalid_input"),
        ("gopher://hook.example/", 400, "invalid_input"),
        ("https://hook.example/" + "x" * 500, 400, "invalid_input"),
    ],
)
def test_an_address_that_may_not_be_is_refused(
    client: Client, url: str, status: int, code: str
) -> None:
    refused = send(client, "", {"url": url})
    assert (refused.status_code, refused.json()["code"]) == (status, code)


LISTS: dict[str, tuple[str, str]] = {
    "webhooks": ("?limit=100", "webhooks(first: 100) { edges { node { id url events } } }"),
    "deliveries": (
        "{hook}/deliveries/?limit=100",
        "webhookDeliveries(webhook: {hook}, first: 100) { edges { node { id webhook } } }",
    ),
}


def queries_of(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as counted:
        ask()
    return len([q for q in counted if "django_session" not in q["sql"]])


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_as_many_queries_for_one_row_as_for_many(
    name: str, client: Client, merchant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus.apps.orders.services.webhooks.MAX_WEBHOOKS", 30)
    hook = services.register_webhook(url=PUBLIC, by=merchant).webhook
    address, query = (text.replace("{hook}", str(hook.pk)) for text in LISTS[name])

    def add(number: int) -> None:
        if number > 1:
            services.register_webhook(url=PUBLIC, by=merchant)
        WebhookDelivery.objects.create(webhook=hook, message_id=f"msg_{number}", payload={})

    def counts() -> tuple[int, int]:
        rest = queries_of(lambda: client.get(f"{API}{address}"))
        return rest, queries_of(lambda: data(client, f"{{ {query} }}"))

    add(1)
    one = counts()
    for number in range(2, 31):
        add(number)
    assert counts() == one
    assert max(one) <= 4
    assert len(client.get(f"{API}{address}").json()["results"]) == 30
