"""All Prometheus counters and histograms; labels have few values, which are known in advance.

Events are counted where they happen, after the commit that makes them true. Current state, such as
the length of a queue, is read on each scrape: see `nexus.core.observability.collectors`.

If `PROMETHEUS_MULTIPROC_DIR` names a folder, the processes of one part share their counters there.
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
    "Requests answered, by route and status class.",
    ["method", "route", "status"],
)
REQUEST_DURATION = Histogram(
    "nexus_http_request_duration_seconds",
    "Duration of requests, from the first middleware to the last.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REQUESTS_IN_FLIGHT = Gauge(
    "nexus_http_requests_in_flight",
    "Requests in progress.",
    multiprocess_mode="livesum",
)
RATE_LIMITS_SKIPPED = Counter(
    "nexus_rate_limits_skipped",
    "Requests allowed without a rate limit because the cache was unreachable.",
)
CACHED_RESPONSES = Counter(
    "nexus_kept_answers",
    "Public responses, by source: memory of the process, Valkey, or newly made.",
    ["space", "source"],
)
DELIVERIES = Counter(
    "nexus_outbox_deliveries",
    "Attempts to handle an outbox message.",
    ["topic", "outcome"],
)
TASKS = Counter("nexus_tasks", "Celery tasks that ended.", ["task", "outcome"])
TASK_DURATION = Histogram(
    "nexus_task_duration_seconds",
    "Duration of Celery tasks.",
    ["task"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 90),
)
ORDERS = Counter("nexus_orders", "Orders that entered a state.", ["state"])
PAYMENTS = Counter("nexus_payments", "Messages from payment providers.", ["outcome"])
BOOKINGS = Counter("nexus_bookings", "Bookings of stays.", ["happened"])
ACCOUNTS = Counter(
    "nexus_accounts",
    "Accounts created by their owners, verified for the first time, or deleted.",
    ["happened"],
)


def initialise_series(counter: Counter, values: Iterable[str]) -> None:
    """Create the series of each value of a counter's one label at start.

    A counter that first appears with the value 1 has no rate: Prometheus sees no change.
    """
    for value in values:
        counter.labels(value)


def count_on_commit(counter: Counter) -> None:
    """Increment a counter when the transaction commits; a rolled-back event has not happened."""
    # Robust: a failed increment must not stop the other commit hooks.
    transaction.on_commit(counter.inc, robust=True)


def exposition(accept: str, *, beside: Iterable[Collector] = ()) -> tuple[bytes, str]:
    """Return all metrics of this part, and the content type that `accept` asks for.

    `beside` are additional collectors that are read now.
    """
    registry = CollectorRegistry()
    folder = os.environ.get(FOLDER)
    if folder:
        _forget_dead(Path(folder))
        # The class has no type hints; without a registry it would collect nothing.
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    for collector in beside:
        registry.register(collector)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def fresh_folder(home: Path, part: str) -> Path:
    """Return an empty folder for the shared counters of a part, such as the web server.

    Counters of an earlier start are removed: counters start at zero, as Prometheus expects.
    """
    folder = home / "metrics" / part
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.db"):
        path.unlink(missing_ok=True)
    return folder


def _forget_dead(folder: Path) -> None:
    """Remove the gauges of dead processes; their counters stay."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass
