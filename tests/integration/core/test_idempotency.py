"""A retried request gets the same response, and its work is done once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Now

from nexus.apps.users.models import Role
from nexus.core.idempotency import services
from nexus.core.idempotency.errors import (
    KeyInvalidError,
    KeyRequiredError,
    KeyReusedError,
    StillRunningError,
)
from nexus.core.idempotency.models import Record
from nexus.core.idempotency.services import Answer, fingerprint

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


@pytest.fixture
def ada() -> Any:
    return get_user_model().objects.create_user("ada@example.org")


def make_role(slug: str = "gardener") -> Answer:
    Role.objects.create(slug=slug)
    return Answer(201, f'{{"slug":"{slug}"}} é'.encode(), {"Location": f"/{slug}/"})


def ask(user: Any, key: str = KEY, *, slug: str = "gardener") -> Answer:
    asked = fingerprint("make role", {"slug": slug})
    return services.answer_once(user_id=user.pk, key=key, asked=asked, act=lambda: make_role(slug))


def test_a_repetition_gets_the_same_answer_and_does_nothing(ada: Any) -> None:
    first, second = ask(ada), ask(ada)

    assert (first.replayed, second.replayed) == (False, True)
    assert (first.status, first.body, first.headers) == (
        second.status,
        second.body,
        second.headers,
    )
    assert Role.objects.filter(slug="gardener").count() == 1


def test_another_request_with_the_key_is_refused(ada: Any) -> None:
    ask(ada)
    with pytest.raises(KeyReusedError):
        ask(ada, slug="baker")

    assert not Role.objects.filter(slug="baker").exists()


def test_a_key_belongs_to_its_user(ada: Any) -> None:
    ask(ada)
    bob = get_user_model().objects.create_user("bob@example.org")

    assert not ask(bob, slug="baker").replayed


def test_failed_request_leaves_nothing_and_may_be_retried(ada: Any) -> None:
    def fail() -> Answer:
        make_role()
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        services.answer_once(
            user_id=ada.pk, key=KEY, asked=fingerprint("make role", {"slug": "gardener"}), act=fail
        )

    assert not Record.objects.exists()
    assert not ask(ada).replayed


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_second_request_during_a_running_one_is_refused(ada: Any) -> None:
    inside, ended = threading.Event(), threading.Event()

    def slow() -> Answer:
        inside.set()
        assert ended.wait(60)
        return make_role()

    def first() -> Answer:
        try:
            asked = fingerprint("make role", {"slug": "gardener"})
            return services.answer_once(user_id=ada.pk, key=KEY, asked=asked, act=slow)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        try:
            assert inside.wait(60)
            with pytest.raises(StillRunningError):
                ask(ada)
        finally:
            ended.set()
        assert not running.result(60).replayed
    assert ask(ada).replayed


def test_an_answer_is_kept_for_a_day(ada: Any) -> None:
    ask(ada)
    for hours, left in ((23, 1), (25, 0)):
        Record.objects.update(created_at=Now() - Value(timedelta(hours=hours)))
        services.delete_expired()
        assert Record.objects.count() == left


def test_the_order_of_members_is_no_difference() -> None:
    assert fingerprint("a", {"b": 1, "c": 2}) == fingerprint("a", {"c": 2, "b": 1})
    assert fingerprint("a", {"b": 1}) != fingerprint("a", {"b": 2})
    assert fingerprint("a", {}) != fingerprint("b", {})


@pytest.mark.parametrize("given", [f'"{KEY}"', KEY])
def test_a_key_comes_with_quotes_or_without(given: str) -> None:
    assert services.read_key(given) == KEY


@pytest.mark.parametrize("given", [None, ""])
def test_missing_key_and_invalid_key_are_different_errors(given: str | None) -> None:
    with pytest.raises(KeyRequiredError):
        services.read_key(given)


@pytest.mark.parametrize(
    "given",
    ["short", f'"{KEY}', f'{KEY}"', f"{KEY} {KEY}", "x" * 129, f'"{KEY}\\n"', "schlüssel", "\n"],
)
def test_invalid_key_is_refused(given: str) -> None:
    with pytest.raises(KeyInvalidError):
        services.read_key(given)
