"""Server processes, all started the same way: granian, one worker, one thread."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from urllib.error import HTTPError, URLError

import psutil

from benchmarks.api.environment import ROOT, graphene_folder

__all__ = ["SERVERS", "Server", "serve", "serve_all"]

NEXUS = "nexus.config.wsgi:application"
PEER = "benchmarks.api.wsgi:application"
READY_WITHIN_S = 60
# The maximum of the rate limit.
UNLIMITED = "1000000"


@dataclass(frozen=True)
class Kind:
    """What a server runs: an application, and the variables of this contender."""

    target: str
    interface: str = "wsgi"
    variables: tuple[tuple[str, str], ...] = ()


def peer(name: str) -> Kind:
    """Return the server of the contender whose module has this name."""
    return Kind(PEER, variables=(("BENCHMARK_CONTENDER", name),))


SERVERS: Mapping[str, Kind] = {
    # No response is cached.
    "nexus": Kind(NEXUS, variables=(("NEXUS_KEPT_S", "0"),)),
    # As deployed: public responses are cached.
    "kept": Kind(NEXUS),
    **{name: peer(name) for name in ("plain", "drf", "ninja", "oscar", "stock_strawberry")},
    "graphene": Kind(
        PEER,
        variables=(
            ("BENCHMARK_CONTENDER", "graphene"),
            ("PYTHONPATH", str(graphene_folder())),
        ),
    ),
    "ceiling": Kind("benchmarks.api.contenders.ceiling:application", interface="asgi"),
}


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def processor_s(self) -> dict[int, float]:
        """Return the CPU seconds of its worker and of the services, by process."""
        used = {}
        for process in (*psutil.Process(self.pid).children(recursive=True), *_services()):
            # A process of PostgreSQL may just have ended.
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used[process.pid] = times.user + times.system
        return used

    @property
    def worker_mb(self) -> float:
        """Return the memory of its worker, in MB."""
        workers = psutil.Process(self.pid).children(recursive=True)
        return max(worker.memory_info().rss for worker in workers) / 1e6


@cache
def _supervisor() -> psutil.Process:
    """Return the supervisor of PostgreSQL and Valkey."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    # It started PostgreSQL, which started a process for this connection.
    return psutil.Process(backend).parents()[1]


def _services() -> list[psutil.Process]:
    services: list[psutil.Process] = _supervisor().children(recursive=True)
    return services


@contextmanager
def serve_all(
    names: Iterable[str], database_url: str, **others: str
) -> Iterator[dict[str, Server]]:
    """Start the servers one after another, and yield them when all are ready.

    `others` are the database URLs of servers with their own database.
    """
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(serve(SERVERS[name], others.get(name, database_url)))
            for name in names
        }


@contextmanager
def serve(kind: Kind, database_url: str) -> Iterator[Server]:
    """Start a server, yield it when it is ready, and stop it. Raises `RuntimeError`."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", kind.interface]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--workers-kill-timeout", "5", "--log-level", "warning", "--no-access-log"]
    # asyncio always has one thread.
    command += ["--blocking-threads", "1"] if kind.interface == "wsgi" else []
    process = subprocess.Popen(
        [*command, kind.target],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url,
            "NEXUS_API_RATE": UNLIMITED,
            **dict(kind.variables),
        },
    )
    try:
        _await(process, port)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).close()
        except HTTPError as error:
            # A contender need not have this URL.
            if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return
            break
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("A server did not start; see its output.")
