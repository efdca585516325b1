"""The checks of `/readyz`: what a process needs before it can serve a request.

To add one, write a function that returns "ok" or a short message, within a deadline given as
`time.monotonic()`, and add it to `CHECKS`. Probes come about every second and do not wait long, so
every check has a time limit and none is expensive.
"""

import select
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import redis
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from psycopg.pq import ExecStatus

from nexus.core.cache.valkey import client
from nexus.core.deadlines import SingleFlight, database_deadline, result_before

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CHECKS", "OK", "TIMEOUT_S", "Check", "run_checks"]

OK = "ok"
TIMEOUT_S = 2.0
IGNORED_TIMEOUT_S = 0.2
"""The timeout of an ignored check: no longer than a load balancer waits."""

MIGRATIONS_CHECKED_S = 60.0
"""Once the tables match this code they keep matching it, because releases only add to them; and the
check takes forty times as long as all others, because it reads every migration."""


@dataclass(frozen=True)
class Check:
    """One check: `run` gets the deadline until which it may wait.

    A single-flight job is started before any other check is awaited. A check is not run if the
    check named `requires` failed: its outcome is then "unknown".
    """

    name: str
    run: "Callable[[float], str] | SingleFlight[str]"
    requires: str = ""

    def start(self) -> "Callable[[float], str]":
        """Start a single-flight job, and return a function that waits for the outcome."""
        if not isinstance(self.run, SingleFlight):
            return self.run
        result = self.run.start()
        return lambda ends_at: result_before(ends_at, result)


def run_checks(ignored: set[str]) -> dict[str, str]:
    """Return the outcome of every check by name; those `ignored` get less time."""
    started_at = time.monotonic()
    waits = {check.name: check.start() for check in CHECKS}
    outcomes: dict[str, str] = {}
    for check in CHECKS:
        if check.requires and outcomes[check.requires] != OK:
            outcomes[check.name] = "unknown"
            continue
        limit_s = IGNORED_TIMEOUT_S if check.name in ignored else TIMEOUT_S
        outcomes[check.name] = _outcome(waits[check.name], started_at + limit_s)
    return outcomes


def _outcome(wait: "Callable[[float], str]", ends_at: float) -> str:
    try:
        return wait(ends_at)
    except (DatabaseError, psycopg.Error, redis.RedisError, OSError) as error:
        # The type of the error, not its text, which may contain hosts and users.
        return type(error).__name__


def _database(ends_at: float) -> str:
    if connection.connection is not None:
        try:
            return _select_1(ends_at)
        except (DatabaseError, psycopg.Error):
            # A pooled connection may have been closed by a server restart.
            connection.close()
    # DNS lookups and handshakes have no deadline, so they run in another thread.
    _connect.wait(ends_at)
    connection.ensure_connection()
    return _select_1(ends_at)


def _select_1(ends_at: float) -> str:
    """Query the database within a deadline. Raises `TimeoutError` and database errors.

    libpq waits forever for a server that is stopped or cut off, so the waiting is done here.
    """
    psycopg_connection: Any = connection.connection
    pq = psycopg_connection.pgconn
    pq.send_query(b"SELECT 1")
    pq.flush()
    readable = select.poll()
    readable.register(pq.socket, select.POLLIN)
    while pq.is_busy():
        remaining_s = ends_at - time.monotonic()
        if remaining_s <= 0 or not readable.poll(remaining_s * 1000):
            # The connection has a pending result, so it must not be reused.
            connection.close()
            raise TimeoutError
        pq.consume_input()
    results = list(iter(pq.get_result, None))
    if any(result.status != ExecStatus.TUPLES_OK for result in results):
        raise OperationalError
    return OK


def _migrations(ends_at: float) -> str:
    if time.monotonic() < _state.migrations_valid_until:
        return OK
    return _read_migrations.wait(ends_at)


def _open_connection() -> None:
    with database_deadline(TIMEOUT_S):
        pass


def _pending_migrations() -> str:
    with database_deadline(TIMEOUT_S):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return f"{len(plan)} not applied; run `nexus migrate`"
    _state.migrations_valid_until = time.monotonic() + MIGRATIONS_CHECKED_S
    return OK


def _ping_cache() -> str:
    client(TIMEOUT_S / 2).ping()
    return OK


class _State:
    """The results this process has cached."""

    migrations_valid_until = 0.0


_state = _State()
_connect = SingleFlight("connect to the database", _open_connection)
_read_migrations = SingleFlight("read the migrations", _pending_migrations)

CHECKS = (
    Check("database", _database),
    Check("migrations", _migrations, requires="database"),
    # The cache is pinged while the database is queried.
    Check("cache", SingleFlight("ping the cache", _ping_cache)),
)
