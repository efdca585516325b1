"""A shop with its own servers, worker and buyers, for tests that kill them."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg

from nexus.runtime.embedded import Services, temporary_cluster
from tests.support.embedded import ROOT, postmaster, silent

__all__ = ["Shop", "open_shop"]

PATIENCE_S, PAUSE_S = 120, 0.02
STOCK = 1_000_000
SEED = """
from django.contrib.auth import get_user_model
from nexus.apps.orders.services import rotate_secret
from nexus.apps.products.models import Category, Product
shelf = Category.objects.create(slug="kettles", name="Kettles")
product = Product.objects.create(sku="K", name="Kettle", category=shelf, price="19.90",
    stock={stock}, is_published=True)
rotate_secret(provider="sandbox")
for number in range({buyers}):
    get_user_model().objects.create_user(f"buyer-{{number}}@example.org")
"""
DRAIN = """
from django.db.models import Value
from django.db.models.functions import Now
from datetime import timedelta
from nexus.core.outbox.models import Message
from nexus.core.outbox.services import sweep
waiting = Message.objects.filter(delivered_at=None, failed_at=None)
while waiting.exists():
    waiting.update(due_at=Now() - Value(timedelta(minutes=1)))
    sweep(seconds=60)
"""


@dataclass
class Shop:
    """The shop as tests use it."""

    services: Services
    env: dict[str, str]
    mails: Path
    acknowledged: queue.Queue[str] = field(default_factory=queue.Queue)
    ordered: list[str] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)
    worker: subprocess.Popen[bytes] | None = None
    _listener: threading.Thread | None = None

    def manage(self, *words: str) -> str:
        """Run a management command to its end."""
        command = [sys.executable, "-W", "ignore", "manage.py", *words]
        run = subprocess.run(
            command, env=self.env, cwd=ROOT, check=True, capture_output=True, text=True
        )
        return run.stdout

    def start_worker(self) -> None:
        """Start a worker in its own session, and wait until it takes tasks."""
        self.worker = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-m", "celery", "-A", "nexus.config.celery"),
                *("worker", "--concurrency", "2", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            # At this level it logs that it is ready.
            env={**self.env, "NEXUS_LOG_LEVEL": "INFO"},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        ready = threading.Event()
        self._listener = threading.Thread(target=_listen, args=(self.worker, ready))
        self._listener.start()
        assert ready.wait(PATIENCE_S)

    def kill_worker(self) -> None:
        """Kill the worker and its children at once."""
        assert self.worker is not None
        with suppress(ProcessLookupError):
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        if self._listener is not None:
            self._listener.join()

    def kill_postgres(self) -> None:
        """Kill the postmaster, and wait until the supervisor has restarted it."""
        postmaster(self.services.home).kill()
        for _ in range(round(PATIENCE_S / PAUSE_S)):
            threading.Event().wait(PAUSE_S)
            with suppress(psycopg.OperationalError):
                self.ask("SELECT 1")
                return
        raise AssertionError("PostgreSQL did not come back.")

    def await_orders(self, number: int) -> None:
        """Wait until this many further orders have been acknowledged or paid."""
        self._note_all()
        for _ in range(number):
            self._note(self.acknowledged.get(timeout=PATIENCE_S))

    @contextmanager
    def buyers(self, number: int) -> Iterator[None]:
        """Let buyers buy, and at the end let them finish what they have begun."""
        running = [self._buyer(user + 1) for user in range(number)]
        readers = [threading.Thread(target=self._read, args=(one,)) for one in running]
        for reader in readers:
            reader.start()
        try:
            yield
        finally:
            for one in running:
                assert one.stdin is not None
                one.stdin.close()
            for reader in readers:
                reader.join()
            codes = [one.wait() for one in running]
            self._note_all()
        assert codes == [0] * number

    def drain(self) -> None:
        """Deliver the remaining messages of the outbox."""
        self.manage("shell", "-v", "0", "-c", DRAIN)

    def ask(self, text: str) -> Any:
        """Return the rows of a query."""
        with psycopg.connect(self.services.database_url) as connection:
            return connection.execute(text.encode()).fetchall()

    def count_mails(self) -> Counter[str]:
        """Count the mails that were sent by their Message-ID, which a second copy shares."""
        found: Counter[str] = Counter()
        for path in self.mails.iterdir():
            for part in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
                if part.strip():
                    found[str(message_from_bytes(part.lstrip())["Message-ID"])] += 1
        return found

    def _buyer(self, user: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.faults.processes.buyer", "1", str(user)],
            env=self.env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _read(self, buyer: subprocess.Popen[str]) -> None:
        assert buyer.stdout is not None
        with buyer.stdout as lines:
            for line in lines:
                self.acknowledged.put(line)

    def _note_all(self) -> None:
        while not self.acknowledged.empty():
            self._note(self.acknowledged.get())

    def _note(self, line: str) -> None:
        what, number = line.split()
        (self.ordered if what == "ordered" else self.paid).append(number)


def _listen(worker: subprocess.Popen[bytes], ready: threading.Event) -> None:
    assert worker.stderr is not None
    with worker.stderr as lines:
        for line in lines:
            if b"worker_ready" in line:
                ready.set()


@contextmanager
def open_shop(folder: Path, *, buyers: int) -> Iterator[Shop]:
    """Return a shop with unlimited stock of one product, deleted at the end."""
    mails = folder / "mails"
    mails.mkdir()
    with temporary_cluster(folder, say=silent) as services:
        env = {
            **os.environ,
            "NEXUS_HOME": str(services.home),
            "DATABASE_URL": services.database_url,
            "CACHE_URL": services.cache_url,
            "SECRET_KEY": services.secret_key,
            "EMAIL_URL": mails.as_uri(),
            "NEXUS_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "nexus.config.settings",
        }
        env.pop("BROKER_URL", None)
        shop = Shop(services, env, mails)
        shop.manage("migrate", "-v", "0")
        shop.manage("shell", "-v", "0", "-c", SEED.format(stock=STOCK, buyers=buyers))
        try:
            yield shop
        finally:
            if shop.worker is not None and shop.worker.poll() is None:
                shop.kill_worker()
