"""Starts the servers that the lab floods, and ends them with it; asks them."""

import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import BinaryIO

from nexus.engines.experiment import VariantError
from nexus.runtime.processes import Child, spawn

__all__ = ["PROCESSES", "Servers", "start_servers"]

PROCESSES = 4
READY_S = 60
ANSWER_S = 10
END_S = 10
POLL_S = 0.1
# So many connections at once reach all four processes nearly always.
PROBES = 16


class Servers:
    """The processes behind one port; each thread that asks has a connection of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._own = threading.local()
        self._opened: list[HTTPConnection] = []

    def let_through(self, throttle: str, key: str) -> bool:
        """Send one request of the client `key`; tells whether it was let through.

        Raises `OSError` or `HTTPException` without an answer, and for one that is neither.
        """
        connection = self._connection()
        try:
            connection.request("GET", f"/{throttle}/{key}")
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            # The next request opens it again.
            connection.close()
            raise
        if answer.status not in {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS}:
            raise HTTPException(f"the servers answered {answer.status} {answer.reason}")
        return answer.status == HTTPStatus.OK

    def processes(self) -> set[int]:
        """Ask through several connections at once which processes answer."""
        connections = [self._open() for _ in range(PROBES)]
        try:
            for connection in connections:
                connection.request("GET", "/process")
            return {
                json.loads(connection.getresponse().read())["process"] for connection in connections
            }
        finally:
            for connection in connections:
                connection.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._opened:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = self._open()
            self._opened.append(self._own.connection)
        connection: HTTPConnection = self._own.connection
        return connection

    def _open(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)


@contextmanager
def start_servers() -> Iterator[Servers]:
    """Return four running processes; they end with the block, or with this thread.

    Raises `VariantError` where they do not start.
    """
    with tempfile.TemporaryFile() as output, closing(Servers(_free_port())) as servers:
        child = spawn(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("--host", "127.0.0.1", "--port", str(servers.port)),
                # One thread a process: whatever races here are races between processes.
                *("--workers", str(PROCESSES), "--blocking-threads", "1"),
                *("--workers-kill-timeout", "2", "--log-level", "error", "--no-access-log"),
                f"{__package__}.application:application",
            ],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": f"{__package__}.settings"},
            stdout=output.fileno(),
            stderr=output.fileno(),
            death_signal=signal.SIGTERM,
        )
        try:
            _wait_until_ready(servers, child, output)
            yield servers
        finally:
            child.end([(signal.SIGTERM, END_S)])


def _wait_until_ready(servers: Servers, child: Child, output: BinaryIO) -> None:
    seen: set[int] = set()
    until = time.monotonic() + READY_S
    while len(seen) < PROCESSES:
        if not child.alive() or time.monotonic() > until:
            output.seek(0)
            last = output.read().decode(errors="replace").strip().splitlines()[-1:]
            raise VariantError(
                f"The {PROCESSES} servers of the lab did not start; run it again. Their last "
                f"words: {' '.join(last) or 'none'}"
            )
        try:
            seen |= servers.processes()
        except (OSError, HTTPException):
            time.sleep(POLL_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
