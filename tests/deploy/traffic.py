"""Constant load on the load balancer; every response is checked."""

import http.client
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Traffic", "fetch", "under_load"]

CLIENTS = 4
PAUSE_S = 0.005
TIMEOUT_S = 20


@dataclass
class Traffic:
    """The results of the clients."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0

    def note(self, status: int, body: bytes, lasted_s: float) -> None:
        """Count an answer."""
        self.slowest_s = max(self.slowest_s, lasted_s)
        if status == http.client.OK:
            self.answers[body.decode(errors="replace")[:20]] += 1
        else:
            self.failures.append(f"{status}: {body[:80]!r}")


def _context(certificate: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def fetch(port: int, path: str, certificate: str) -> tuple[int, bytes]:
    """Send one request over a new connection."""
    connection = http.client.HTTPSConnection(
        "localhost", port, timeout=TIMEOUT_S, context=_context(certificate)
    )
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def under_load(port: int, path: str, certificate: str) -> Iterator[Traffic]:
    """Send requests all the time, from several clients that keep their connections."""
    traffic, stopped = Traffic(), threading.Event()

    def ask() -> None:
        connection = http.client.HTTPSConnection(
            "localhost", port, timeout=TIMEOUT_S, context=_context(certificate)
        )
        while not stopped.wait(PAUSE_S):
            began = time.monotonic()
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                traffic.note(answer.status, answer.read(), time.monotonic() - began)
            except (OSError, http.client.HTTPException) as error:
                traffic.failures.append(repr(error))
                connection.close()
        connection.close()

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield traffic
    finally:
        stopped.set()
        for client in clients:
            client.join()
