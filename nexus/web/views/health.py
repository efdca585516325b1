"""Whether the process lives, and whether it can serve.

Whoever asks does so every second or so and does not wait long, so every check has a time limit and
none costs much.
"""

import select
import time
from typing import TYPE_CHECKING, Any

import psycopg
import redis
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg.pq import ExecStatus

from nexus.core.cache.valkey import client
from nexus.core.deadlines import SingleFlight, database_deadline, result_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

__all__ = ["livez", "readyz"]

CHECKS = ("database", "migrations", "cache")
TIMEOUT_S = 2.0
# What does not decide is not waited for longer than a load balancer waits.
LEFT_OUT_S = 0.2
# Tables that fit this code go on fitting it: releases only ever add to them. To look takes forty
# times as long as all else here, since every migration is gone through.
MIGRATIONS_KEPT_S = 60.0


@never_cache
@require_safe
def livez(_request: "HttpRequest") -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: "HttpRequest") -> JsonResponse:
    """Say whether database, migrations and cache are as a request needs them; 503 when not.

    `?without=cache` leaves a check out of that: it is told, and decides nothing. 400 for the name
    of no check, which else would go unseen until that check fails.
    """
    without = set(request.GET.getlist("without"))
    if not without <= set(CHECKS):
        known = f"`without` takes {', '.join(CHECKS)}"
        return JsonResponse({"status": "unknown check", "detail": known}, status=400)
    began = time.monotonic()
    ends_at = {name: began + (LEFT_OUT_S if name in without else TIMEOUT_S) for name in CHECKS}
    # It works while the database is asked.
    pinged = _ping.begin()
    checks = {"database": _outcome(_database, ends_at["database"])}
    # Where the database does not answer, to ask it for more would only take longer.
    checks["migrations"] = (
        _outcome(_migrations, ends_at["migrations"]) if checks["database"] == "ok" else "unknown"
    )
    checks["cache"] = _outcome(lambda at: result_before(at, pinged), ends_at["cache"])
    ready = all(checks[name] == "ok" for name in CHECKS if name not in without)
    status = "ok" if ready else "unavailable"
    return JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503)


def _outcome(check: "Callable[[float], str]", ends_at: float) -> str:
    try:
        return check(ends_at)
    except (DatabaseError, psycopg.Error, redis.RedisError, OSError) as error:
        # The kind of fault, not its text: that may name hosts and users.
        return type(error).__name__


def _database(ends_at: float) -> str:
    if connection.connection is not None:
        try:
            return _ask(ends_at)
        except (DatabaseError, psycopg.Error):
            # A connection that was kept may have ended with a server that is back by now.
            connection.close()
    # Names are looked up and hands are shaken for as long as it takes, but not in this thread.
    _connect.wait(ends_at)
    connection.ensure_connection()
    return _ask(ends_at)


def _ask(ends_at: float) -> str:
    """Have the database answer before a moment. Raises `TimeoutError` and the errors of databases.

    libpq waits for ever for a server that is stopped or cut off, so the waiting is done here.
    """
    asked: Any = connection.connection
    pq = asked.pgconn
    pq.send_query(b"SELECT 1")
    pq.flush()
    answered = select.poll()
    answered.register(pq.socket, select.POLLIN)
    while pq.is_busy():
        left_s = ends_at - time.monotonic()
        if left_s <= 0 or not answered.poll(left_s * 1000):
            # Nobody else may get this connection with an answer still to come.
            connection.close()
            raise TimeoutError
        pq.consume_input()
    answers = list(iter(pq.get_result, None))
    if any(answer.status != ExecStatus.TUPLES_OK for answer in answers):
        raise OperationalError
    return "ok"


def _migrations(ends_at: float) -> str:
    return "ok" if time.monotonic() < _state.migrated_until else _look_at_migrations.wait(ends_at)


def _connected() -> None:
    with database_deadline(TIMEOUT_S):
        pass


def _migrated() -> str:
    with database_deadline(TIMEOUT_S):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return f"{len(plan)} not applied; run `nexus migrate`"
    _state.migrated_until = time.monotonic() + MIGRATIONS_KEPT_S
    return "ok"


def _pinged() -> str:
    client(TIMEOUT_S / 2).ping()
    return "ok"


class _State:
    """What this process has found out."""

    migrated_until = 0.0


_state = _State()
_connect = SingleFlight("connect to the database", _connected)
_look_at_migrations = SingleFlight("look at the migrations", _migrated)
_ping = SingleFlight("ping the cache", _pinged)
