"""An event and its change are atomic; a handler writes once; no message is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Now

from nexus.apps.users.models import Role
from nexus.core.outbox import events, services, tasks
from nexus.core.outbox.models import Message

TOPIC = "tests.happened"
pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def handled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A topic with one handler, which writes a row and records its message."""
    seen: list[str] = []
    monkeypatch.setattr(events, "_HANDLERS", {})

    @events.handles(TOPIC)
    def make_role(slug: str, *, fails: bool = False) -> None:
        Role.objects.create(slug=slug)
        seen.append(slug)
        if fails:
            raise ValueError("not today")

    return seen


def published(slug: str = "gardener", **payload: Any) -> Message:
    with transaction.atomic():
        services.publish(TOPIC, slug=slug, **payload)
    return Message.objects.latest("pk")


def make_due() -> None:
    Message.objects.update(due_at=Now() - Value(timedelta(minutes=1)))


def test_a_message_is_handled_once(handled: list[str]) -> None:
    message = published()

    assert services.deliver(message.pk)
    assert not services.deliver(message.pk)
    assert handled == ["gardener"]
    message.refresh_from_db()
    assert (message.attempts, message.failed_at) == (1, None)
    assert message.delivered_at is not None


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_event_needs_the_transaction_of_its_change() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        services.publish(TOPIC, slug="gardener")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_event_goes_with_the_change_that_was_taken_back() -> None:
    woken: list[list[int]] = []

    def hear(*, message_ids: list[int], **_signal: Any) -> None:
        woken.append(message_ids)

    events.published.disconnect(tasks.queue_messages)
    events.published.connect(hear)
    try:
        with transaction.atomic():
            services.publish(TOPIC, slug="gardener")
            transaction.set_rollback(True)
        message = published()
    finally:
        events.published.disconnect(hear)
        events.published.connect(tasks.queue_messages)

    assert woken == [[message.pk]]
    assert Message.objects.count() == 1


def test_an_event_nobody_handles_leaves_no_message() -> None:
    with transaction.atomic():
        services.publish("tests.ignored", number=1)

    assert not Message.objects.exists()


def test_each_handler_gets_a_message_of_its_own(handled: list[str]) -> None:
    @events.handles(TOPIC)
    def refuse(**_payload: Any) -> None:
        raise RuntimeError("never")

    published()
    outcomes = [services.deliver(pk) for pk in Message.objects.values_list("pk", flat=True)]

    assert sorted(outcomes) == [False, True]
    assert handled == ["gardener"]


def test_failed_handler_is_rolled_back_and_retried_later() -> None:
    message = published(fails=True)
    assert not services.deliver(message.pk)
    message.refresh_from_db()

    assert not Role.objects.filter(slug="gardener").exists()
    assert (message.attempts, message.last_error) == (1, "ValueError")
    assert message.due_at - message.created_at >= services.FIRST_WAIT
    # Not due yet, so it is left alone.
    services.deliver(message.pk)
    message.refresh_from_db()
    assert message.attempts == 1


def test_a_message_is_given_up_after_its_last_attempt_and_can_be_retried() -> None:
    message = published(fails=True)
    for _ in range(services.MAX_ATTEMPTS):
        make_due()
        services.deliver(message.pk)
    message.refresh_from_db()

    assert message.attempts == services.MAX_ATTEMPTS
    assert message.failed_at is not None
    make_due()
    assert services.sweep(seconds=5) == 0
    assert services.retry_failed() == 1
    make_due()
    assert services.sweep(seconds=5) == 1


def test_a_handler_this_release_does_not_have_leaves_its_message(handled: list[str]) -> None:
    message = published()
    Message.objects.update(handler="nexus.gone")
    assert not services.deliver(message.pk)
    message.refresh_from_db()

    assert message.last_error == "LookupError"
    assert handled == []


def test_the_sweeper_delivers_what_never_reached_the_broker(handled: list[str]) -> None:
    published()
    # Published just now: that is the task of the worker that was woken.
    assert services.sweep(seconds=5) == 0
    make_due()

    assert services.oldest_waiting_s() >= 60
    assert services.sweep(seconds=5) == 1
    assert handled == ["gardener"]
    assert services.oldest_waiting_s() == 0


def test_message_for_later_waits(handled: list[str]) -> None:
    with transaction.atomic():
        services.publish_later(TOPIC, wait=timedelta(minutes=5), slug="gardener")
    message = Message.objects.get()

    assert message.due_at - message.created_at == timedelta(minutes=5)
    assert not services.deliver(message.pk)
    make_due()
    assert services.sweep(seconds=5) == 1
    assert handled == ["gardener"]


def test_delivered_message_is_deleted_after_a_week() -> None:
    for slug in ("gardener", "cook"):
        services.deliver(published(slug).pk)
    old = Message.objects.earliest("pk")
    Message.objects.filter(pk=old.pk).update(delivered_at=Now() - Value(timedelta(days=8)))

    assert services.delete_delivered() == 1
    assert Message.objects.get().payload == {"slug": "cook"}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_twenty_workers_one_handles_a_message(handled: list[str]) -> None:
    message = published()
    Message.objects.update(due_at=Now())
    start = threading.Barrier(20)

    def work(_worker: int) -> bool:
        try:
            start.wait()
            return services.deliver(message.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(work, range(20)))

    assert outcomes.count(True) == 1
    assert handled == ["gardener"]
