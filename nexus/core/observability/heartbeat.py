"""Which parts of the service live, and since when: each says so in Valkey every few seconds.

Prometheus asks web servers and workers themselves. Beat and the runner serve nobody; and a part
that dies and is started again at once is away too shortly to be missed. How long a part has been up
tells of both: it falls where a process was replaced, and goes where none is left.
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
"""Who has said nothing for so long has ended."""
# Where nobody is left to say anything, what was said goes by itself.
EXPIRES_S = 60

log = structlog.get_logger()


def start(part: str) -> None:
    """Let this process say from now on that it lives, as one of `part`."""
    name = f"{part}|{socket.gethostname()}|{os.getpid()}|{time.time():.3f}"
    background.start(partial(_beat_forever, name), name="pulse")


def read() -> Iterable[Metric]:
    """Return how many processes each part has, and for how long the youngest has been up.

    Their clocks and this one's must agree to within seconds.
    """
    now = time.time()
    names = client(TIMEOUT_S).zrangebyscore(KEY, now - GONE_S, "+inf")
    living = [name.decode().split("|") for name in names]
    processes = GaugeMetricFamily(
        "nexus_part_processes", "Processes that have lately said that they live.", labels=["part"]
    )
    up = GaugeMetricFamily(
        "nexus_part_up_seconds", "For how long the youngest process is up.", labels=["part"]
    )
    for part in PARTS:
        since = [float(began) for name, *_, began in living if name == part]
        processes.add_metric([part], len(since))
        if since:
            up.add_metric([part], now - max(since))
    return [processes, up]


def _beat(name: str) -> None:
    """Say that one lives, and forget those who have not for a while: perhaps nobody else looks."""
    now = time.time()
    said = client(TIMEOUT_S).pipeline(transaction=False)
    said.zadd(KEY, {name: now}).zremrangebyscore(KEY, 0, now - GONE_S).expire(KEY, EXPIRES_S)
    said.execute()


def _beat_forever(name: str) -> None:
    going_on = True
    while going_on:
        try:
            _beat(name)
        except redis.RedisError as error:
            log.warning("pulse_unheard", error=error)
        going_on = background.pause(EVERY_S)
