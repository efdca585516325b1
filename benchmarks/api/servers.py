"""Server processes, all started in the same way: granian, one worker, one thread."""

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
# The most that the limiter can be told to let through.
UNLIMITED = "1000000"


@dataclass(frozen=True)
class Kind:
    """What a server runs: an application, and the variables that make it this contender."""

    target: str
    interface: str = "wsgi"
    variables: tuple[tuple[str, str], ...] = ()


def peer(name: str) -> Kind:
    """Return the server of the contender whose module has this name."""
    return Kind(PEER, variables=(("BENCHMARK_CONTENDER", name),))


SERVERS: Mapping[str, Kind] = {
    # No response is cached.
    "nexus": Kind(NEXUS, variables=(("NEXUS_KEPT_S", "0"),)),
    # As it is served: public answers are kept.
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
    """A server that answers."""

    port: int
    pid: int

    def processor_s(self) -> dict[int, float]:
        """Return what its worker and the services behind it have used, in seconds by process."""
        used = {}
        for one in (*psutil.Process(self.pid).children(recursive=True), *_services()):
            # One of PostgreSQL's own may just have ended.
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                used[one.pid] = times.user + times.system
        return used

    @property
    def worker_mb(self) -> float:
        """Return the memory of its worker, in millions of bytes."""
        workers = psutil.Process(self.pid).children(recursive=True)
        return max(worker.memory_info().rss for worker in workers) / 1e6


@cache
def _supervisor() -> psutil.Process:
    """Return the process that holds PostgreSQL and Valkey."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    # It started PostgreSQL, which started a process for this connection.
    return psutil.Process(backend).parents()[1]


def _services() -> list[psutil.Process]:
    found: list[psutil.Process] = _supervisor().children(recursive=True)
    return found


@contextmanager
def serve_all(
    names: Iterable[str], database_url: str, **others: str
) -> Iterator[dict[str, Server]]:
    """Start the servers of these names, one after another, and give them when all answer.

    `others` are the addresses of databases of single servers.
    """
    with ExitStack() as held:
        yield {
            name: held.enter_context(serve(SERVERS[name], others.get(name, database_url)))
            for name in names
        }


@contextmanager
def serve(kind: Kind, database_url: str) -> Iterator[Server]:
    """Start a server, give it when it answers, and end it. Raises `RuntimeError`."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", kind.interface]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--workers-kill-timeout", "5", "--log-level", "warning", "--no-access-log"]
    # asyncio has one thread by its nature.
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
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5).close()
        except HTTPError as error:
            # A contender need not have anything there.
            if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return
            break
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("A server did not start; what it printed says why.")
