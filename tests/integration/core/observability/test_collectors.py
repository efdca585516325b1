"""Collectors report in time, even if a server hangs, and never what they have not read."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from prometheus_client.metrics_core import Metric

from nexus.core import deadlines
from nexus.core.deadlines import database_deadline
from nexus.core.observability import collectors
from nexus.core.observability.collectors import DATABASE, Collector, Collectors, gauge
from tests.support.waiting import until

pytestmark = pytest.mark.servers

Found = dict[str, float]
PATIENCE_S = 20


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> "Told":
    """This test's own collectors, with short timeouts."""
    monkeypatch.setattr(collectors, "TIMEOUT_S", 0.2)
    return Told()


class Told(Collectors):
    """The metrics of a scrape, by name; for collectors, whether they succeeded."""

    def let(self, name: str, read: Callable[[], list[Metric]], **more: float | str) -> None:
        self.add(Collector(name, read, **{"kept_s": 0.0, "of": name, **more}))  # type: ignore[arg-type]

    def scrape(self) -> Found:
        return {
            sample.labels.get("reading", sample.name): sample.value
            for metric in self.collect()
            for sample in metric.samples
        }

    def scrape_until(self, found: Found) -> None:
        assert until(lambda: self.scrape() == found, pause_s=0), self.scrape()


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """A thread that waits for this event hangs until the test ends."""
    event = threading.Event()
    yield event
    event.set()


def two() -> list[Metric]:
    return [gauge("two", "Two.", 2)]


def test_one_that_hangs_holds_up_no_other_and_takes_one_thread(
    told: Told, hanging: threading.Event
) -> None:
    began: list[None] = []

    def hang() -> list[Metric]:
        began.append(None)
        hanging.wait()
        return []

    told.let("hangs", hang)
    told.let("works", two)
    before = threading.active_count()
    for _ in range(3):
        told.scrape_until({"hangs": 0, "works": 1, "two": 2})
    assert len(began) == 1
    assert threading.active_count() <= before + 2
    hanging.set()
    told.scrape_until({"hangs": 1, "works": 1, "two": 2})


def test_several_who_ask_first_at_once_get_what_is_read(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collectors, "TIMEOUT_S", PATIENCE_S)
    all_ask, asked = threading.Barrier(3), threading.Semaphore(0)

    def read() -> list[Metric]:
        # Only once all have started.
        for _ in range(3):
            asked.acquire()
        return two()

    told.let("works", read, kept_s=60.0)

    def ask(_number: int) -> Found:
        all_ask.wait()
        asked.release()
        return told.scrape()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, range(3))) == [{"works": 1, "two": 2}] * 3


def test_old_values_are_not_reported(
    told: Told, hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.let("works", two, kept_s=60.0)
    told.scrape_until({"works": 1, "two": 2})
    reading = told.readings["works"]
    monkeypatch.setattr(reading, "read", lambda: [] if hanging.wait() else two())
    past = reading._tried_at
    # Due, without a new result: the last one is reported for a while.
    reading._tried_at = past - 2 * reading.kept_s
    assert told.scrape() == {"works": 1, "two": 2}
    reading._tried_at = past - 4 * reading.kept_s
    assert told.scrape() == {"works": 0}


def test_one_that_failed_is_tried_again_soon(told: Told) -> None:
    tries: list[None] = []

    def fail_once() -> list[Metric]:
        tries.append(None)
        if len(tries) == 1:
            raise OSError("away")
        return two()

    told.let("works", fail_once, kept_s=600.0)
    told.scrape_until({"works": 0})
    assert told.scrape() == {"works": 0}
    told.readings["works"]._tried_at -= collectors.KEPT_S
    told.scrape_until({"works": 1, "two": 2})
    told.readings["works"]._tried_at -= collectors.KEPT_S
    assert told.scrape() == {"works": 1, "two": 2}
    assert len(tries) == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_statement_that_takes_long_is_given_up(told: Told) -> None:
    def sleep() -> list[Metric]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(600)")
        return []

    told.let("sleeps", sleep, of=DATABASE)
    told.let("works", two, of=DATABASE)
    told.scrape_until({"sleeps": 0, "works": 1, "two": 2})


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_database_that_stands_still_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "GRACE_S", 0.2)
    stopped: list[int] = []

    def read() -> str:
        try:
            with database_deadline(0.1), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                stopped.extend(cursor.fetchone())
                os.kill(stopped[0], signal.SIGSTOP)
                cursor.execute("SELECT 1")
        except Exception as error:  # noqa: BLE001 -- any error ends the wait
            return type(error).__name__
        return "answered"

    errand = deadlines.SingleFlight("read", read)
    try:
        assert errand.wait(time.monotonic() + PATIENCE_S) == "OperationalError"
    finally:
        os.kill(stopped[0], signal.SIGCONT)
