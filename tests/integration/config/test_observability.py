"""The metrics of a worker: tasks that could not report themselves, and who may read them."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest
from celery import signals
from celery.exceptions import TimeLimitExceeded, WorkerLostError
from pytest_django.fixtures import Settings

from nexus.config import observability
from nexus.config.celery import app
from nexus.core.observability.metrics import TASKS

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a worker's metrics; a silent client is soon disconnected."""
    monkeypatch.setattr(observability._Quiet, "timeout", 0.2)
    server = make_server(
        "127.0.0.1", 0, observability._answer, observability._Server, observability._Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def asked(port: int, authorization: str = "") -> int:
    """Request the metrics and return the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics", headers={"Authorization": authorization})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_worker_tells_its_metrics_to_whoever_has_the_token(port: int, settings: Settings) -> None:
    settings.EMBEDDED, settings.METRICS_TOKEN = True, ""
    assert asked(port) == 200
    settings.EMBEDDED = False
    assert asked(port) == 404
    assert asked(port, "Bearer ") == 404
    settings.METRICS_TOKEN = TOKEN
    assert asked(port) == 404
    assert asked(port, f"Bearer {TOKEN}") == 200
    settings.EMBEDDED = True
    assert asked(port) == 404


def test_silent_connection_blocks_no_other(
    port: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMBEDDED = True
    monkeypatch.setattr(observability._Quiet, "timeout", 60)
    with socket.create_connection(("127.0.0.1", port)):
        assert asked(port) == 200


def test_silent_connection_is_closed(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        assert connection.recv(1) == b""
    assert capfd.readouterr().err == ""


def test_a_task_whose_process_was_killed_is_counted_once_and_is_progress(
    tmp_path: Path, settings: Settings
) -> None:
    @app.task(name="tests.killed")
    def killed() -> None: ...

    settings.NEXUS_HOME = tmp_path
    noted = observability.progress_file(tmp_path)

    def fail(task_id: str, error: Exception) -> None:
        signals.task_failure.send(sender=killed, task_id=task_id, exception=error)

    counted = TASKS.labels("tests.killed", "failure")
    # It ended and reported that itself.
    fail("one", ValueError("no"))
    assert (counted._value.get(), noted.exists()) == (0, False)
    fail("two", TimeLimitExceeded(90))
    fail("two", TimeLimitExceeded(90))
    # A task that is killed gently unwinds, and cannot report its own end.
    signals.task_postrun.send(sender=killed, task_id="two", task=killed, state=None)
    fail("three", WorkerLostError("gone"))
    assert (counted._value.get(), noted.exists()) == (2, True)
    (told,) = TASKS.collect()
    assert {s.labels["outcome"] for s in told.samples if s.labels["task"] == killed.name} == {
        "failure"
    }
