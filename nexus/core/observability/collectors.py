"""What stands right now, read when Prometheus asks: queues, connections, runs, disks.

Each part of the service registers a reading when it starts. A reading is kept for some seconds, so
that several who ask cost as much as one. Readings are taken in threads, one for each server that is
asked, and whoever asks waits for two seconds at most: a server that hangs holds up neither them nor
the readings of others. One that fails, or that has not succeeded for a while, tells nothing but
that: a metric that is missing is no metric that is good.
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
"""How long whoever asks for metrics waits, and how long a server may take for a question."""
# What hangs tells its last values no longer than this, or than so many times it is kept.
OLD_S, OLD_TIMES = 15.0, 3
DATABASE, CACHE = "database", "cache"

log = structlog.get_logger()


@dataclass
class Collector:
    """A function that reads some metrics, and what it gave last."""

    name: str
    read: Callable[[], Iterable[Metric]]
    kept_s: float = KEPT_S
    # Readings of one server wait for one another.
    of: str = ""
    _found: list[Metric] | None = None
    _tried_at: float = float("-inf")

    def is_due(self) -> bool:
        """Return whether it is time to read; after a failure that is soon."""
        kept_s = self.kept_s if self._found is not None else min(self.kept_s, KEPT_S)
        return time.monotonic() - self._tried_at >= kept_s

    def take(self) -> None:
        """Read, whatever comes of it."""
        try:
            with database_deadline(TIMEOUT_S) if self.of == DATABASE else nullcontext():
                found = list(self.read())
        except Exception:
            # Whatever it was: the other readings have to be told.
            log.exception("reading_failed", reading=self.name)
            self._found = None
        else:
            self._found = found
        self._tried_at = time.monotonic()

    def found(self) -> list[Metric] | None:
        """Return what was read last; nothing where that failed or has become old."""
        age_s = time.monotonic() - self._tried_at
        return self._found if age_s <= max(OLD_S, OLD_TIMES * self.kept_s) else None


class Collectors(registry.Collector):
    """All readings, as one collector."""

    def __init__(self) -> None:
        self.readings: dict[str, Collector] = {}
        self._flights: dict[str, SingleFlight[None]] = {}

    def add(self, reading: Collector) -> None:
        """Let a reading be told from now on."""
        self.readings[reading.name] = reading
        self._flights.setdefault(
            reading.of, SingleFlight(f"readings of {reading.of}", self._taking(reading.of))
        )

    def collect(self) -> Iterator[Metric]:
        """Return the metrics of every reading, and whether each could be read."""
        due = {reading.of for reading in self.readings.values() if reading.is_due()}
        wait([self._flights[server].start() for server in due], TIMEOUT_S)
        up = GaugeMetricFamily(
            "nexus_reading_up", "1 where this reading could be read, else 0.", labels=["reading"]
        )
        for name, reading in self.readings.items():
            found = reading.found()
            up.add_metric([name], 0 if found is None else 1)
            yield from found or ()
        yield up

    def _taking(self, server: str) -> Callable[[], None]:
        def take() -> None:
            for reading in self.readings.values():
                if reading.of == server and reading.is_due():
                    reading.take()

        return take


COLLECTORS = Collectors()


def register(
    name: str, read: Callable[[], Iterable[Metric]], *, of: str = "", kept_s: float = KEPT_S
) -> None:
    """Let what `read` gives be told to Prometheus; it is asked every `kept_s` seconds at most.

    `of` is the server that it asks, if others ask it too. Of `DATABASE` it reads within a
    transaction that ends in time.
    """
    COLLECTORS.add(Collector(name, read, kept_s, of or name))


def gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    """Return a metric that has one value and no labels."""
    return GaugeMetricFamily(name, help_text, value=value)
