"""The log lines of a request, and of the tasks that it causes."""

import json
import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import LazySettings
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import resolve
from structlog.testing import LogCapture

from nexus.apps.users.models import User
from nexus.config.celery import app
from nexus.core.observability.logging import Discreet, line_logger
from nexus.core.observability.request_context import add_user_id, current_request_id
from nexus.core.outbox import events, services
from nexus.core.outbox.models import Message
from nexus.web.middleware import request_log

pytestmark = pytest.mark.django_db

TOPIC = "tests.logged"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The log entries of requests, as the processors leave them."""
    capture = LogCapture()
    logger = structlog.wrap_logger(
        None,
        processors=[structlog.contextvars.merge_contextvars, add_user_id, capture],
        wrapper_class=structlog.BoundLogger,
    )
    monkeypatch.setattr(request_log, "line_logger", lambda _name: logger.bind())
    yield capture.entries
    assert structlog.contextvars.get_contextvars() == {}


def test_a_request_gets_an_id_that_comes_back_and_is_told(lines: list[Any]) -> None:
    client = Client()
    first, second = client.get("/labs/"), client.get("/labs/")
    ids = [answer.headers["X-Request-ID"] for answer in (first, second)]
    assert len(set(ids)) == 2
    assert [line["request_id"] for line in lines] == ids
    line = lines[0]
    assert (line["event"], line["method"], line["route"]) == ("request", "GET", "labs/")
    assert (line["status"], line["bytes"]) == (200, len(first.content))
    assert line["duration_ms"] > 0


def test_an_id_is_taken_only_from_a_proxy_that_makes_it(
    lines: list[Any], settings: LazySettings
) -> None:
    given = {"X-Request-ID": "f9d0-proxy:7"}
    # A proxy that is trusted for addresses may pass on clients' ids, as AWS's does.
    settings.TRUSTED_PROXIES = 1
    assert Client().get("/livez", headers=given).headers["X-Request-ID"] != "f9d0-proxy:7"
    settings.TRUSTED_IDS = True
    assert Client().get("/livez", headers=given).headers["X-Request-ID"] == "f9d0-proxy:7"
    for forged in ("short", "x" * 65, 'a"b c-d-e-f', "einé-kennung"):
        answer = Client().get("/livez", headers={"X-Request-ID": forged})
        assert answer.headers["X-Request-ID"] != forged
    assert len(lines) == 6


def test_a_line_names_the_user_by_id_and_nothing_else_of_them(lines: list[Any]) -> None:
    user = User.objects.create_user(email="ada@example.org", password="correct horse battery")
    client = Client()
    client.force_login(user)
    client.get("/account/")
    client.get("/runs/0d5f6c1e-0000-0000-0000-000000000000/?q=secret")
    Client().get("/livez")
    # The second is handled without a user, and no user is loaded for a log line.
    assert [line.get("user_id") for line in lines] == [user.pk, None, None]
    told = json.dumps(lines)
    for private in (user.email, "0d5f6c1e", "secret"):
        assert private not in told


def test_log_lines_of_django_contain_no_path(caplog: pytest.LogCaptureFixture) -> None:
    request = RequestFactory().get("/enter/a-token-that-signs-in/")
    request.resolver_match = resolve(request.path)
    record = logging.makeLogRecord(
        {
            "name": "django.request",
            "msg": "%s: %s",
            "args": ("Internal Server Error", request.path),
            "request": request,
        }
    )
    assert Discreet().filter(record)
    assert record.getMessage() == "Internal Server Error: enter/<str:token>/"
    # Refused before its URL was resolved.
    request.resolver_match = None
    record.args = ("Bad Request", request.path)
    assert Discreet().filter(record)
    assert record.getMessage() == "Bad Request: unknown"
    Client().get("/enter/a-token-that-signs-in/")
    assert "a-token" not in caplog.text


@pytest.mark.parametrize(("level", "told"), [("INFO", True), ("WARNING", False)])
def test_requests_are_told_at_the_level_of_a_deployment(level: str, *, told: bool) -> None:
    access = logging.getLogger("nexus.access")
    before = access.level
    try:
        access.setLevel(level)
        assert (line_logger("nexus.access") is not None) == told
    finally:
        access.setLevel(before)


def test_a_message_carries_the_id_of_its_request_to_its_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "_HANDLERS", {})
    seen: list[str] = []
    events.handles(TOPIC)(lambda: seen.append(current_request_id()))
    with structlog.contextvars.bound_contextvars(request_id="of-the-request"), transaction.atomic():
        services.publish(TOPIC)
    message = Message.objects.latest("pk")
    # A sweep is started by a timer, and has its own id or none.
    with structlog.contextvars.bound_contextvars(request_id="of-the-sweep"):
        services.deliver(message.pk)
    assert seen == ["of-the-request"]


def test_a_task_carries_the_id_of_its_request() -> None:
    seen: list[str] = []

    @app.task(name="tests.seen")
    def note() -> None:
        seen.append(current_request_id())

    queue = f"tests-{uuid.uuid4()}"
    with app.connection_for_write() as connection:
        with structlog.contextvars.bound_contextvars(request_id="of-the-request"):
            note.apply_async(connection=connection, queue=queue)  # type: ignore[call-arg]
        message = connection.SimpleQueue(queue).get(timeout=10)
        message.ack()
    assert message.headers["request_id"] == "of-the-request"
    note.apply(headers=message.headers)
    assert seen == ["of-the-request"]
    assert current_request_id() == ""
