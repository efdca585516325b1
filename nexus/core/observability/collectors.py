"""Gauges that are read on each scrape: queues, connections, runs, disks.

Each part of the service registers a collector when it starts. Its metrics are cached for some
seconds, so that several scrapers cost as much as one. Collectors run in threads, one per server
that is queried, and a scrape waits for two seconds at most: a server that hangs delays neither the
scrape nor the collectors of other servers. A collector that fails, or has not succeeded for a
while, exports nothing except that fact: a missing metric must not look like a good one.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import wait
from contextlib import nullcontext
from dataclasses import dataclass

import structlog
from prometheus_client import registry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from nexus.core.deadlines import SingleFlight, database_deadline

__all__ = [
    "CACHE",
    "COLLECTORS",
    "DATABASE",
    "KEPT_S",
    "TIMEOUT_S",
    "Collector",
    "gauge",
    "register",
]

KEPT_S = 5.0
TIMEOUT_S = 2.0
"""How long a scrape waits, and how long a server may take for a query."""
# A collector that hangs exports its last values for this time, or for this many times its `kept_s`,
# whichever is longer.
OLD_S, OLD_TIMES = 15.0, 3
DATABASE, CACHE = "database", "cache"

log = structlog.get_logger()


@dataclass
class Collector:
    """A function that reads some metrics, and its last result."""

    name: str
    read: Callable[[], Iterable[Metric]]
    kept_s: float = KEPT_S
    # Collectors of the same server run one after another.
    of: str = ""
    _found: list[Metric] | None = None
    _tried_at: float = float("-inf")

    def is_due(self) -> bool:
        """Return whether it is time to read; a failed collector is retried soon."""
        kept_s = self.kept_s if self._found is not None else min(self.kept_s, KEPT_S)
        return time.monotonic() - self._tried_at >= kept_s

    def take(self) -> None:
        """Read the metrics; log a failure."""
        try:
            with database_deadline(TIMEOUT_S) if self.of == DATABASE else nullcontext():
                metrics = list(self.read())
        except Exception:
            # Whatever failed, the other collectors must still be exported.
            log.exception("reading_failed", reading=self.name)
            self._found = None
        else:
            self._found = metrics
        self._tried_at = time.monotonic()

    def found(self) -> list[Metric] | None:
        """Return the last metrics, or None if reading failed or they are too old."""
        age_s = time.monotonic() - self._tried_at
        return self._found if age_s <= max(OLD_S, OLD_TIMES * self.kept_s) else None


class Collectors(registry.Collector):
    """All collectors as one Prometheus collector."""

    def __init__(self) -> None:
        self.readings: dict[str, Collector] = {}
        self._flights: dict[str, SingleFlight[None]] = {}

    def add(self, collector: Collector) -> None:
        """Export a collector's metrics from now on."""
        self.readings[collector.name] = collector
        self._flights.setdefault(
            collector.of, SingleFlight(f"readings of {collector.of}", self._taking(collector.of))
        )

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of every collector, and whether each could be read."""
        due = {collector.of for collector in self.readings.values() if collector.is_due()}
        wait([self._flights[server].start() for server in due], TIMEOUT_S)
        up = GaugeMetricFamily(
            "nexus_reading_up", "1 if this collector could be read, else 0.", labels=["reading"]
        )
        for name, collector in self.readings.items():
            metrics = collector.found()
            up.add_metric([name], 0 if metrics is None else 1)
            yield from metrics or ()
        yield up

    def _taking(self, server: str) -> Callable[[], None]:
        def take() -> None:
            for collector in self.readings.values():
                if collector.of == server and collector.is_due():
                    collector.take()

        return take


COLLECTORS = Collectors()


def register(
    name: str, read: Callable[[], Iterable[Metric]], *, of: str = "", kept_s: float = KEPT_S
) -> None:
    """Export the metrics that `read` returns; it is called at most every `kept_s` seconds.

    `of` is the server that it queries, if other collectors query it too. With `DATABASE` it runs in
    a transaction with a time limit.
    """
    COLLECTORS.add(Collector(name, read, kept_s, of or name))


def gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    """Return a gauge with one value and no labels."""
    return GaugeMetricFamily(name, help_text, value=value)
