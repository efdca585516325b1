"""Readiness is reported in time, and costs little."""

import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django.fixtures import Settings

from nexus.core.deadlines import SingleFlight
from nexus.web.health import checks as health_checks
from nexus.web.health.checks import TIMEOUT_S

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

# One check after the other, or one of them twice, would take longer.
NOT_LONG_S = 2 * TIMEOUT_S
# The limit of select().
DESCRIPTORS = 1024


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_readyz_does_not_wait_for_a_database_that_hangs(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    os.kill(backend, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = client.get("/readyz")
        lasted_s = time.monotonic() - began
    finally:
        os.kill(backend, signal.SIGCONT)
    assert answer.status_code == 503
    outcomes = {"database": "TimeoutError", "migrations": "unknown", "cache": "ok"}
    assert answer.json()["checks"].items() >= outcomes.items()
    assert TIMEOUT_S <= lasted_s < NOT_LONG_S
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_readyz_does_not_wait_for_a_database_that_accepts_no_connection(
    client: Client, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    there = connection.get_connection_params()
    nowhere = {**there, "host": "127.0.0.1", "port": silent, "connect_timeout": 30}
    wrapper = type(connections["default"])
    monkeypatch.setattr(wrapper, "get_connection_params", lambda _self: nowhere)
    # Other tests do not wait for what still waits there.
    monkeypatch.setattr(
        health_checks, "_connect", SingleFlight("connect", health_checks._open_connection)
    )
    began = time.monotonic()
    answer = client.get("/readyz")
    lasted_s = time.monotonic() - began
    assert answer.json()["checks"]["database"] == "TimeoutError"
    assert lasted_s < NOT_LONG_S


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_readyz_takes_a_new_connection_where_the_kept_one_has_ended(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ended = cursor.fetchone()[0]
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ended])
    assert client.get("/readyz").json()["checks"]["database"] == "ok"


@pytest.mark.many_files
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_readyz_asks_by_a_descriptor_of_any_number(client: Client) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * DESCRIPTORS), hard))
    taken = [os.dup(0) for _ in range(DESCRIPTORS)]
    try:
        connection.ensure_connection()
        assert connection.connection.fileno() >= DESCRIPTORS
        answer = client.get("/readyz")
    finally:
        for descriptor in taken:
            os.close(descriptor)
        connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert answer.json()["checks"]["database"] == "ok"


def test_readyz_looks_at_the_migrations_once_a_minute(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def look() -> str:
        looks.append(health_checks._pending_migrations())
        return looks[-1]

    monkeypatch.setattr(health_checks._state, "migrations_valid_until", 0.0)
    monkeypatch.setattr(health_checks, "_read_migrations", SingleFlight("look", look))
    monkeypatch.setattr(health_checks, "TIMEOUT_S", 30.0)
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert looks == ["ok"]


def test_readyz_does_not_wait_for_migrations_that_cannot_be_looked_at(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    monkeypatch.setattr(health_checks._state, "migrations_valid_until", 0.0)
    monkeypatch.setattr(health_checks, "_read_migrations", SingleFlight("look", never.wait))
    try:
        answer = client.get("/readyz")
    finally:
        never.set()
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "TimeoutError"


def test_readyz_without_the_cache_reports_it_and_is_ready(
    client: Client, settings: Settings
) -> None:
    settings.CACHE_URL = "unix:///nowhere/valkey.sock"
    assert client.get("/readyz").status_code == 503
    answer = client.get("/readyz?without=cache")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["checks"]["cache"] == "ConnectionError"
    assert client.get("/readyz?without=migrations").status_code == 503
    assert client.get("/readyz?without=migrations&without=cache").status_code == 200


def test_readyz_without_a_cache_that_hangs_is_told_as_fast_as_a_balancer_waits(
    client: Client, settings: Settings, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHE_URL = f"redis://127.0.0.1:{silent}/0"
    # Longer than any other limit here: an earlier response did not wait for it.
    monkeypatch.setattr(health_checks, "TIMEOUT_S", 60.0)
    began = time.monotonic()
    answer = client.get("/readyz?without=cache")
    lasted_s = time.monotonic() - began
    assert answer.json()["status"] == "ok"
    outcomes = {"database": "ok", "migrations": "ok", "cache": "TimeoutError"}
    assert answer.json()["checks"].items() >= outcomes.items()
    assert lasted_s < 30


def test_readyz_without_an_unknown_check_is_refused(client: Client) -> None:
    answer = client.get("/readyz?without=cash")
    assert answer.status_code == 400
    assert "database, migrations, cache" in answer.json()["detail"]
