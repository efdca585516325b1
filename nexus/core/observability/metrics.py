"""What is counted for Prometheus, in one place; labels have few values, known beforehand.

What happens is counted where it happens, behind the commit that makes it true. What stands, such as
a queue, is read when Prometheus asks: see `nexus.core.observability.collectors`.

Where `PROMETHEUS_MULTIPROC_DIR` names a folder, the processes of one part count there together.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.db import transaction
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

__all__ = [
    "ACCOUNTS",
    "BOOKINGS",
    "CACHED_RESPONSES",
    "DELIVERIES",
    "FOLDER",
    "ORDERS",
    "PAYMENTS",
    "RATE_LIMITS_SKIPPED",
    "REQUESTS",
    "REQUESTS_IN_FLIGHT",
    "REQUEST_DURATION",
    "TASKS",
    "TASK_DURATION",
    "count_on_commit",
    "exposition",
    "fresh_folder",
    "initialise_series",
]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter(
    "nexus_http_requests",
    "Requests that were answered, by the pattern of their address and the class of their status.",
    ["method", "route", "status"],
)
REQUEST_DURATION = Histogram(
    "nexus_http_request_duration_seconds",
    "How long answers took, from the first middleware to the last.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REQUESTS_IN_FLIGHT = Gauge(
    "nexus_http_requests_in_flight",
    "Requests that are being answered.",
    multiprocess_mode="livesum",
)
RATE_LIMITS_SKIPPED = Counter(
    "nexus_rate_limits_skipped",
    "Requests that passed uncounted, since the store of the limits was away.",
)
CACHED_RESPONSES = Counter(
    "nexus_kept_answers",
    "Public answers: taken from the memory of the process or from Valkey, or made.",
    ["space", "source"],
)
DELIVERIES = Counter(
    "nexus_outbox_deliveries",
    "Attempts to handle a message of the outbox.",
    ["topic", "outcome"],
)
TASKS = Counter("nexus_tasks", "Celery tasks that ended.", ["task", "outcome"])
TASK_DURATION = Histogram(
    "nexus_task_duration_seconds",
    "How long Celery tasks took.",
    ["task"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 90),
)
ORDERS = Counter("nexus_orders", "Orders that came into a state.", ["state"])
PAYMENTS = Counter("nexus_payments", "Messages of payment providers.", ["outcome"])
BOOKINGS = Counter("nexus_bookings", "Bookings of stays.", ["happened"])
ACCOUNTS = Counter(
    "nexus_accounts",
    "Accounts that their owners made, that were verified for the first time, and were deleted.",
    ["happened"],
)


def initialise_series(counter: Counter, values: Iterable[str]) -> None:
    """Report of each value of a counter's one label from the start.

    A counter that begins with its first one has no rate then: Prometheus sees no change.
    """
    for value in values:
        counter.labels(value)


def count_on_commit(counter: Counter) -> None:
    """Count one when the transaction is committed: what is taken back has not happened."""
    # Robust: a count that fails must not stop what else follows the commit.
    transaction.on_commit(counter.inc, robust=True)


def exposition(accept: str, *, beside: Iterable[Collector] = ()) -> tuple[bytes, str]:
    """Return all that this part has counted, and the content type that `accept` asks for.

    `beside` are collectors that are asked now.
    """
    registry = CollectorRegistry()
    folder = os.environ.get(FOLDER)
    if folder:
        _forget_dead(Path(folder))
        # It has no types; without a registry it would collect nothing.
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    for collector in beside:
        registry.register(collector)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def fresh_folder(home: Path, part: str) -> Path:
    """Return an empty folder in which the processes of a part count, such as those of the web server.

    What an earlier start has counted goes: counters begin at nought, as Prometheus expects.
    """
    folder = home / "metrics" / part
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.db"):
        path.unlink(missing_ok=True)
    return folder


def _forget_dead(folder: Path) -> None:
    """Drop what dead processes say is going on in them; what they counted stays true."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass
