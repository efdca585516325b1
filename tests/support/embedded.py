"""The services as seen from outside: their processes, sockets and holders."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import redis

import nexus
from nexus.runtime.embedded import Services
from nexus.runtime.embedded.socket_folder import folder_name

__all__ = [
    "ROOT",
    "await_end",
    "cached",
    "hasten_end",
    "left_behind",
    "postmaster",
    "query",
    "silent",
    "sockets_of",
    "spawn_owner",
    "supervisor",
    "unusable_cluster",
    "valkey_server",
]

ROOT = Path(nexus.__path__[0]).parent
_OWNER = """
import sys
from pathlib import Path
from nexus.runtime.embedded import start
services = start(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


def query(services: Services, text: str = "SELECT 1") -> object:
    """Return the first value of a query's first row, or None."""
    with psycopg.connect(services.database_url) as connection:
        # The tests write their queries themselves.
        cursor = connection.execute(text.encode())
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def cached(services: Services) -> redis.Redis:
    """Return a client of the cache."""
    return redis.Redis.from_url(services.cache_url)


def postmaster(home: Path) -> psutil.Process:
    """Return PostgreSQL's first process."""
    lines = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    return psutil.Process(int(lines[0]))


def valkey_server(services: Services) -> psutil.Process:
    """Return Valkey's process."""
    with cached(services) as client:
        return psutil.Process(client.info("server")["process_id"])


def supervisor(home: Path) -> psutil.Process:
    """Return the supervisor, which is the process that started PostgreSQL."""
    found = postmaster(home).parent()
    # After the supervisor was killed the parent is another process, which must not be signalled.
    if found is None or "nexus.runtime.embedded.supervisor" not in found.cmdline():
        raise psutil.NoSuchProcess(0)
    return found


def sockets_of(home: Path, uid: int | None = None) -> Path:
    """Return the folder of a home's sockets, whether it exists or not."""
    name = folder_name(home.resolve(), os.geteuid() if uid is None else uid)
    return Path("/tmp") / name  # noqa: S108 -- what the code under test chooses first


def silent(_: str) -> None:
    """Say nothing while the services start."""


def spawn_owner(home: Path) -> subprocess.Popen[str]:
    """Start a process that holds the services; it prints a line once they answer."""
    return subprocess.Popen(
        [sys.executable, "-c", _OWNER, home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )


def await_end(home: Path) -> None:
    """Wait until no supervisor of the home runs any more, that is until its lock is free."""
    with suppress(FileNotFoundError), (home / "supervisor.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def hasten_end(home: Path) -> None:
    """Make a supervisor that is no longer needed exit now, not after its grace period."""
    with suppress(FileNotFoundError, psutil.Error):
        supervisor(home).terminate()


@contextmanager
def unusable_cluster(home: Path) -> Iterator[None]:
    """Keep PostgreSQL from being started on a home's cluster."""
    control = home / "postgres" / "global" / "pg_control"
    kept = control.read_bytes()
    control.write_bytes(bytes(len(kept)))
    yield
    control.write_bytes(kept)


def left_behind(home: Path) -> list[str]:
    """Return what must not exist after the services ended: processes and sockets."""
    found = [str(path) for path in (sockets_of(home),) if path.exists()]
    for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
        if process.pid == os.getpid():
            continue
        words = [*(process.info["cmdline"] or []), process.info["cwd"] or ""]
        if any(str(home) in word for word in words):
            found.append(f"{process.pid}: {words}")
    return found
