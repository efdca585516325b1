"""Whether the process lives, and whether it can serve."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

__all__ = ["livez", "readyz"]

TIMEOUT_S = 2


@never_cache
@require_safe
def livez(_request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Say whether database, migrations and cache are as a request needs them; 503 when not."""
    checks = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    status = "ok" if ready else "unavailable"
    return JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503)


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        # The kind of fault, not its text: that may name hosts and users.
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(plan)} not applied; run `nexus manage migrate`" if plan else "ok"


def _cache() -> str:
    client = redis.from_url(settings.CACHE_URL, socket_timeout=TIMEOUT_S)
    try:
        client.ping()
    finally:
        client.close()
    return "ok"


CHECKS = {"database": _database, "migrations": _migrations, "cache": _cache}
