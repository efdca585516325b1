"""Webhooks: recipients of events, signatures, retries, and the log of attempts."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Now
from django.utils import timezone

from nexus.apps.labs.running.data_sets import database_url
from nexus.apps.orders import errors, queries, services
from nexus.apps.orders.events import DELIVERY_WANTED, EventKind
from nexus.apps.orders.models import Webhook, WebhookDelivery, WebhookSecret
from nexus.apps.orders.services import deliveries
from nexus.apps.orders.services.webhooks import MAX_WEBHOOKS
from nexus.core.audit.models import Entry
from nexus.core.outbox import services as outbox
from nexus.core.outbox.models import Message
from nexus.core.security.outbound_http import AddressRefusedError
from tests.support.accounts import mailed, mails_sent
from tests.support.factories import offer, paid, person, placed, shelves
from tests.support.http import Receiver, is_signed, receiving
from tests.support.waiting import until

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

PATIENCE_S = 30


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    """Allow webhooks to the tests' own receivers."""
    settings.EMBEDDED, settings.WEBHOOKS_LOOPBACK = True, True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def merchant() -> Any:
    shelves()
    return person("merchant", "merchant")


@pytest.fixture
def buyer() -> Any:
    return person("buyer")


def register(merchant: Any, receiver: Receiver, *events: EventKind) -> services.Registered:
    return services.register_webhook(url=receiver.address(), events=events, by=merchant)


def sell(merchant: Any, buyer: Any, number: int = 1) -> Any:
    with mails_sent():
        return placed(buyer, offer(number, owner=merchant, stock=9))


def wait() -> None:
    """End every wait, and handle what is due."""
    Webhook.objects.update(paused_until=None)
    Message.objects.filter(delivered_at=None).update(due_at=Now() - Value(timedelta(minutes=1)))
    with mails_sent():
        outbox.sweep(seconds=PATIENCE_S)


# Events and their recipients.


def test_a_merchant_gets_an_event_of_their_order(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    made = register(merchant, receiver)
    with mails_sent():
        order = paid(buyer, offer(owner=merchant, stock=9))
        services.cancel_order(order_id=order.pk, by=buyer)

    told = [(sent.told["type"], sent.told["data"]["event"]["number"]) for sent in receiver.sent]
    assert sorted(told, key=lambda one: one[1]) == [
        ("order.placed", 1),
        ("order.paid", 2),
        ("order.cancelled", 3),
        ("order.refund_requested", 4),
        ("order.refunded", 5),
    ]
    assert {sent.told["data"]["order"]["number"] for sent in receiver.sent} == {order.number}
    assert len({sent.message_id for sent in receiver.sent}) == 5
    assert all(is_signed(sent, made.secret) for sent in receiver.sent)


def test_a_message_contains_no_personal_data_of_the_buyer(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    register(merchant, receiver)
    order = sell(merchant, buyer)

    text = receiver.sent[0].body.decode()
    for personal in (order.recipient, order.street, order.city, buyer.email):
        assert personal not in text


def test_a_webhook_gets_the_events_it_subscribed_to(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    register(merchant, receiver, EventKind.PAID, EventKind.SHIPPED)
    with mails_sent():
        order = paid(buyer, offer(owner=merchant, stock=9))
        services.ship_order(order_id=order.pk, by=merchant)

    assert {sent.told["type"] for sent in receiver.sent} == {"order.paid", "order.shipped"}


def test_orders_of_others_and_of_several_merchants_are_not_sent(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    register(merchant, receiver)
    other = person("other", "merchant")
    sell(other, buyer, 1)
    with mails_sent():
        placed(buyer, offer(2, owner=merchant, stock=9), offer(3, owner=other, stock=9))

    assert receiver.sent == []


def test_former_merchant_gets_no_events(merchant: Any, buyer: Any, receiver: Receiver) -> None:
    register(merchant, receiver)
    receiver.status = 500
    sell(merchant, buyer, 1)
    merchant.roles.clear()
    sell(merchant, buyer, 2)
    receiver.status = 204
    wait()

    assert len(receiver.sent) == 1
    assert WebhookDelivery.objects.get().status == "failed"


def test_a_rolled_back_order_is_not_sent(merchant: Any, receiver: Receiver) -> None:
    register(merchant, receiver)
    with mails_sent(), pytest.raises(errors.CartEmptyError):
        placed(merchant)
    assert receiver.sent == []


# Attempts.


def test_failed_delivery_is_retried_with_the_same_id(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    made = register(merchant, receiver)
    receiver.status = 503
    sell(merchant, buyer)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.status_code, delivery.error, delivery.attempts) == (
        "waiting",
        503,
        "Received status 503.",
        1,
    )
    receiver.status = 200
    wait()
    delivery.refresh_from_db()
    made.webhook.refresh_from_db()

    assert (delivery.status, delivery.status_code, delivery.error, delivery.attempts) == (
        "delivered",
        200,
        "",
        2,
    )
    assert delivery.next_at is None
    first, second = receiver.sent
    assert (first.message_id, first.body) == (second.message_id, second.body)
    assert is_signed(second, made.secret)
    assert (made.webhook.failures, made.webhook.failing_since) == (0, None)


def test_the_waits_grow_and_an_end_comes(merchant: Any, buyer: Any, receiver: Receiver) -> None:
    register(merchant, receiver)
    receiver.status = 500
    sell(merchant, buyer)
    waits = []
    while WebhookDelivery.objects.get().status == "waiting":
        planned = Message.objects.get(topic=DELIVERY_WANTED, delivered_at=None)
        waits.append(planned.due_at - planned.created_at)
        wait()

    assert waits == list(deliveries.WAITS)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("failed", len(deliveries.WAITS) + 1)
    assert len(receiver.sent) == delivery.attempts


def test_a_failing_receiver_gets_one_message_at_a_time(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    hook = register(merchant, receiver).webhook
    receiver.status = 500
    for number in range(deliveries.PAUSED_FROM + 2):
        sell(merchant, buyer, number)
    assert len(receiver.sent) == deliveries.PAUSED_FROM
    spared = WebhookDelivery.objects.filter(attempts=0, status="waiting", next_at__isnull=False)
    assert spared.count() == 2
    with mails_sent():
        services.ping_webhook(webhook_id=hook.pk, by=merchant)
    assert len(receiver.sent) == deliveries.PAUSED_FROM + 1

    receiver.status = 204
    wait()
    hook.refresh_from_db()
    assert (hook.failures, hook.paused_until) == (0, None)
    assert not WebhookDelivery.objects.filter(status="waiting").exists()
    sell(merchant, buyer, 99)
    assert WebhookDelivery.objects.latest("pk").status == "delivered"


def test_a_redirect_is_a_failure_that_is_explained(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    register(merchant, receiver)
    receiver.status, receiver.headers = 307, {"location": receiver.address("/elsewhere")}
    sell(merchant, buyer)

    assert [sent.path for sent in receiver.sent] == ["/hook"]
    assert "Redirects are not followed" in WebhookDelivery.objects.get().error


def test_an_inner_address_is_not_sent_to(
    merchant: Any, buyer: Any, receiver: Receiver, settings: Any
) -> None:
    register(merchant, receiver)
    settings.WEBHOOKS_LOOPBACK = False
    sell(merchant, buyer)

    assert receiver.sent == []
    assert WebhookDelivery.objects.get().error == "127.0.0.1 is not a public address."
    with pytest.raises(AddressRefusedError):
        register(merchant, receiver)


def test_plain_http_is_for_a_machine_of_ones_own(merchant: Any, settings: Any) -> None:
    settings.EMBEDDED = False
    with pytest.raises(AddressRefusedError):
        services.register_webhook(url="http://example.org/hook", by=merchant)
    made = services.register_webhook(url="https://example.org/hook", by=merchant)
    with pytest.raises(AddressRefusedError):
        services.change_webhook(
            webhook_id=made.webhook.pk, by=merchant, url="http://example.org/hook"
        )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_killed_worker_loses_no_message(merchant: Any, receiver: Receiver) -> None:
    made = register(merchant, receiver)
    services.ping_webhook(webhook_id=made.webhook.pk, by=merchant)
    message = Message.objects.get(topic=DELIVERY_WANTED)
    arrived, killed = threading.Event(), threading.Event()

    def hold(_handler: BaseHTTPRequestHandler) -> None:
        arrived.set()
        assert killed.wait(PATIENCE_S)

    receiver.behave = hold
    code = (
        "import django; django.setup(); from nexus.core.outbox.services import deliver; "
        f"deliver({message.pk})"
    )
    url = database_url(str(connection.settings_dict["NAME"]), read_only=False)
    flags = {"NEXUS_EMBEDDED": "1", "NEXUS_WEBHOOKS_LOOPBACK": "1"}
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "DATABASE_URL": url, **flags},
    )
    try:
        assert arrived.wait(PATIENCE_S)
    finally:
        worker.kill()
        worker.wait()
        killed.set()
    assert WebhookDelivery.objects.get().attempts == 0
    receiver.behave = None
    # PostgreSQL releases the message's row lock once it notices that the worker is dead.
    assert until(lambda: outbox.deliver(message.pk), patience_s=PATIENCE_S)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("delivered", 1)
    assert [sent.message_id for sent in receiver.sent] == [delivery.message_id] * 2


# Secrets.


def test_while_a_secret_is_replaced_both_sign(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    made = register(merchant, receiver)
    new = services.rotate_webhook_secret(webhook_id=made.webhook.pk, by=merchant)
    sell(merchant, buyer, 1)
    WebhookSecret.objects.exclude(valid_until=None).update(
        valid_until=timezone.now() - timedelta(seconds=1)
    )
    sell(merchant, buyer, 2)

    signed = [[is_signed(sent, secret) for secret in (made.secret, new)] for sent in receiver.sent]
    assert signed == [[True, True], [False, True]]


def test_a_secret_is_stored_encrypted(merchant: Any, receiver: Receiver) -> None:
    made = register(merchant, receiver)
    kept = WebhookSecret.objects.get()

    assert made.secret.removeprefix("whsec_") not in kept.sealed
    assert made.secret not in json.dumps(list(Entry.objects.values()), default=str)


# Failing for good.


def failing(hook: Webhook, failures: int, since: timedelta) -> None:
    Webhook.objects.filter(pk=hook.pk).update(
        failures=failures, failing_since=timezone.now() - since
    )


def test_a_failing_webhook_is_disabled_and_its_owner_notified(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    hook = register(merchant, receiver).webhook
    receiver.status = 500
    failing(hook, deliveries.MAX_FAILURES - 1, deliveries.FAILING_FOR)
    sell(merchant, buyer, 1)
    hook.refresh_from_db()

    assert not hook.is_on
    assert (merchant.email, f"Your webhook {hook.pk} at Nexus has been disabled") in mailed()
    assert Entry.objects.filter(action="webhook.switched_off", actor=None).count() == 1
    sell(merchant, buyer, 2)
    wait()
    assert len(receiver.sent) == 1
    assert WebhookDelivery.objects.get().error == "The webhook is disabled."


@pytest.mark.parametrize(
    ("failures", "since"),
    [
        (deliveries.MAX_FAILURES - 2, 2 * deliveries.FAILING_FOR),
        (deliveries.MAX_FAILURES * 2, deliveries.FAILING_FOR / 2),
    ],
)
def test_few_failures_or_a_short_while_switch_nothing_off(
    merchant: Any, buyer: Any, receiver: Receiver, failures: int, since: timedelta
) -> None:
    hook = register(merchant, receiver).webhook
    receiver.status = 500
    failing(hook, failures, since)
    sell(merchant, buyer)
    hook.refresh_from_db()

    assert (hook.is_on, hook.failures) == (True, failures + 1)


def test_a_receiver_that_responds_gone_is_disabled(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    hook = register(merchant, receiver).webhook
    receiver.status = 410
    sell(merchant, buyer)
    hook.refresh_from_db()
    assert not hook.is_on

    changed = services.change_webhook(webhook_id=hook.pk, by=merchant, is_on=True)
    assert (changed.is_on, changed.failures, changed.failing_since) == (True, 0, None)


# Pings, repeated deliveries, and the list.


def test_a_ping_is_sent_once_and_does_not_count(merchant: Any, receiver: Receiver) -> None:
    made = register(merchant, receiver)
    receiver.status = 500
    services.change_webhook(webhook_id=made.webhook.pk, by=merchant, is_on=False)
    with mails_sent():
        services.ping_webhook(webhook_id=made.webhook.pk, by=merchant)
        with pytest.raises(errors.DeliveryWaitingError):
            services.ping_webhook(webhook_id=made.webhook.pk, by=merchant)
    wait()

    assert [sent.told["type"] for sent in receiver.sent] == ["webhook.ping"]
    assert is_signed(receiver.sent[0], made.secret)
    assert WebhookDelivery.objects.get().status == "failed"
    assert Webhook.objects.get().failures == 0


def test_a_message_that_has_ended_is_delivered_again(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    hook = register(merchant, receiver).webhook
    sell(merchant, buyer)
    delivery = WebhookDelivery.objects.get()
    with mails_sent():
        again = services.deliver_again(delivery_id=delivery.pk, by=merchant)
        assert again.status == "waiting"
        with pytest.raises(errors.DeliveryWaitingError):
            services.deliver_again(delivery_id=delivery.pk, by=merchant)
    delivery.refresh_from_db()

    assert (delivery.status, delivery.attempts) == ("delivered", 2)
    assert [sent.message_id for sent in receiver.sent] == [delivery.message_id] * 2
    services.change_webhook(webhook_id=hook.pk, by=merchant, is_on=False)
    with pytest.raises(errors.WebhookOffError):
        services.deliver_again(delivery_id=delivery.pk, by=merchant)


def test_a_deleted_webhook_deletes_its_waiting_messages(
    merchant: Any, buyer: Any, receiver: Receiver
) -> None:
    hook = register(merchant, receiver).webhook
    receiver.status = 500
    sell(merchant, buyer)
    services.delete_webhook(webhook_id=hook.pk, by=merchant)
    wait()

    assert len(receiver.sent) == 1
    assert not WebhookDelivery.objects.exists()
    assert not WebhookSecret.objects.exists()


def test_the_log_is_kept_for_a_month(merchant: Any, buyer: Any, receiver: Receiver) -> None:
    register(merchant, receiver)
    sell(merchant, buyer, 1)
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    sell(merchant, buyer, 2)

    assert services.delete_old_deliveries() == 1
    assert WebhookDelivery.objects.count() == 1


def test_webhooks_are_their_owners(merchant: Any, receiver: Receiver) -> None:
    hook = register(merchant, receiver).webhook
    for other in (person("other", "merchant"), person("support", "support"), None):
        with pytest.raises(errors.WebhookNotFoundError):
            queries.get_webhook(hook.pk, by=other)
    with pytest.raises(errors.WebhookNotAllowedError):
        register(person("learner", "learner"), receiver)


def test_a_merchant_has_a_few_webhooks_at_most(merchant: Any, receiver: Receiver) -> None:
    for _ in range(MAX_WEBHOOKS):
        register(merchant, receiver)
    with pytest.raises(errors.WebhooksFullError):
        register(merchant, receiver)
