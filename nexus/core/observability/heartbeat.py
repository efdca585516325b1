"""Heartbeats: each process of the service reports to Valkey every few seconds that it is alive.

Prometheus scrapes web servers and workers directly. Beat and the runner have no server to scrape,
and a process that dies and is restarted at once is down too briefly for a scrape to notice. The
uptime of each part shows both: it drops when a process was replaced, and disappears when none is
left.
"""

import os
import socket
import time
from collections.abc import Iterable
from functools import partial

import redis
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from nexus.core import background
from nexus.core.cache.valkey import client
from nexus.core.observability.collectors import TIMEOUT_S

__all__ = ["PARTS", "read", "start"]

PARTS = ("web", "worker", "beat", "runner")
KEY = "nexus:pulse"
EVERY_S = 3.0
GONE_S = 10.0
"""A process with no heartbeat for this time counts as ended."""
# If no process is left to remove old heartbeats, the key expires.
EXPIRES_S = 60

log = structlog.get_logger()


def start(part: str) -> None:
    """Send heartbeats of this process, as one of `part`, from now on."""
    name = f"{part}|{socket.gethostname()}|{os.getpid()}|{time.time():.3f}"
    background.start(partial(_beat_forever, name), name="pulse")


def read() -> Iterable[Metric]:
    """Return the number of processes of each part, and the uptime of the youngest.

    The processes' clocks and this one's must agree to within seconds.
    """
    now = time.time()
    names = client(TIMEOUT_S).zrangebyscore(KEY, now - GONE_S, "+inf")
    processes_alive = [name.decode().split("|") for name in names]
    processes = GaugeMetricFamily(
        "nexus_part_processes", "Processes with a recent heartbeat.", labels=["part"]
    )
    up = GaugeMetricFamily(
        "nexus_part_up_seconds", "Uptime of the youngest process.", labels=["part"]
    )
    for part in PARTS:
        started_at = [float(start) for name, *_, start in processes_alive if name == part]
        processes.add_metric([part], len(started_at))
        if started_at:
            up.add_metric([part], now - max(started_at))
    return [processes, up]


def _beat(name: str) -> None:
    """Send one heartbeat, and remove expired ones, since no other process may do so."""
    now = time.time()
    pipeline = client(TIMEOUT_S).pipeline(transaction=False)
    pipeline.zadd(KEY, {name: now}).zremrangebyscore(KEY, 0, now - GONE_S).expire(KEY, EXPIRES_S)
    pipeline.execute()


def _beat_forever(name: str) -> None:
    running = True
    while running:
        try:
            _beat(name)
        except redis.RedisError as error:
            log.warning("pulse_unheard", error=error)
        running = background.pause(EVERY_S)
