"""Django system checks that find misconfigurations early; each has an id and a hint.

`nexus manage check` runs those that read settings, with `--deploy` also those for deployments, and
with `--database default` those that connect to servers. `nexus serve` runs the latter before it
starts anything.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import redis
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError

from nexus.config import broker
from nexus.core.cache.valkey import client

# Checks with Django's database tag connect to servers: they run only on request.
TIMEOUT_S = 3.0
POSTGRES_MIN = 150000
REDIS_MIN = (6, 0)

SPARE_CONNECTIONS = 5
"""Connections for the runner, beat, a migration and a psql session."""


@register(Tags.database)
def check_database(*, databases: Sequence[str] | None = None, **_: Any) -> Iterable[CheckMessage]:
    """Check that PostgreSQL is reachable, recent enough, and stores UTF-8."""
    if not databases:
        return
    try:
        connection.ensure_connection()
        psycopg_connection: Any = connection.connection
        version = psycopg_connection.info.server_version
        encoding = psycopg_connection.info.parameter_status("server_encoding")
    except DatabaseError as error:
        yield Error(
            f"The database is unreachable: {_first_line(error)}.",
            hint="Check DATABASE_URL, and that PostgreSQL is running.",
            id="nexus.E001",
        )
        return
    if version < POSTGRES_MIN:
        yield Error(
            f"The database is PostgreSQL {version // 10000}.",
            hint="Nexus needs PostgreSQL 15 or newer.",
            id="nexus.E002",
        )
    if encoding != "UTF8":
        yield Error(
            f"The database stores {encoding}.",
            hint="Create it with ENCODING 'UTF8' TEMPLATE template0.",
            id="nexus.E003",
        )


@register(Tags.database)
def check_connections(
    *, databases: Sequence[str] | None = None, **_: Any
) -> Iterable[CheckMessage]:
    """Check that one machine's processes do not need more connections than the server allows."""
    if not databases:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('max_connections')::int"
                " - current_setting('superuser_reserved_connections')::int"
            )
            (available,) = cursor.fetchone() or (0,)
    except DatabaseError:
        # E001 reports this.
        return
    web, tasks = settings.WEB_WORKERS * settings.WEB_THREADS, settings.WORKER_PROCESSES
    needed = web + tasks + SPARE_CONNECTIONS
    if needed > available:
        yield checks.Warning(
            f"The processes of this machine may open {needed} connections, and the database allows "
            f"{available} for all machines.",
            hint="Lower NEXUS_WEB_WORKERS, NEXUS_WEB_THREADS or NEXUS_WORKER_PROCESSES, raise "
            "max_connections, or put a pooler such as PgBouncer in front of the database.",
            id="nexus.W001",
        )


@register(Tags.database)
def check_cache(*, databases: Sequence[str] | None = None, **_: Any) -> Iterable[CheckMessage]:
    """Check that Valkey or Redis is reachable and recent enough."""
    if not databases:
        return
    try:
        info = client(TIMEOUT_S).info("server")
    except (redis.RedisError, OSError, ValueError) as error:
        yield Error(
            f"The cache is unreachable: {_first_line(error)}.",
            hint="Check CACHE_URL, and that Valkey or Redis is running.",
            id="nexus.E004",
        )
        return
    version = str(info.get("redis_version", "0.0"))
    if tuple(int(part) for part in version.split(".")[:2]) < REDIS_MIN:
        yield Error(
            f"The cache is Redis {version}.",
            hint="Nexus needs Valkey, or Redis 6 or newer.",
            id="nexus.E005",
        )


@register(Tags.database)
def check_broker(*, databases: Sequence[str] | None = None, **_: Any) -> Iterable[CheckMessage]:
    """Check that Celery's broker is reachable."""
    if not databases:
        return
    try:
        broker.count_waiting()
    except ImportError as error:
        yield Error(
            f"The driver of the message broker is not installed: {_first_line(error)}.",
            hint="Install it, or set BROKER_URL to another broker.",
            id="nexus.E007",
        )
    except (OperationalError, redis.RedisError, OSError) as error:
        yield Error(
            f"The message broker is unreachable: {_first_line(error)}.",
            hint="Check BROKER_URL, and that RabbitMQ, Valkey or Redis is running.",
            id="nexus.E006",
        )


@register
def check_public_url(**_: Any) -> Iterable[CheckMessage]:
    """Check that mails sent from this machine can contain links."""
    if settings.MAIL_ROUTE.folder is None and not (settings.PUBLIC_URL or settings.ACCOUNT_URL):
        yield checks.Warning(
            "Mails contain a bare token instead of a link, because no public URL is set.",
            hint="Set NEXUS_PUBLIC_URL to the public URL of Nexus, or "
            "NEXUS_ACCOUNT_URL to that of your front end.",
            id="nexus.W002",
        )


@register(deploy=True)
def check_mail(**_: Any) -> Iterable[CheckMessage]:
    """Check that a deployment sends its mails."""
    if settings.MAIL_ROUTE.folder is not None:
        yield checks.Warning(
            f"Mails are not sent but written to files in {settings.EMAIL_FILE_PATH}.",
            hint="Set EMAIL_URL, for example smtp://user:password@host:587.",
            id="nexus.W003",
        )


@register(deploy=True)
def check_metrics(**_: Any) -> Iterable[CheckMessage]:
    """Check that Prometheus can read a deployment's metrics."""
    if not settings.METRICS_TOKEN:
        yield checks.Warning(
            "/metrics is closed to all clients.",
            hint="Set NEXUS_METRICS_TOKEN, and give it to Prometheus.",
            id="nexus.W004",
        )


@register(deploy=True)
def check_loopback_webhooks(**_: Any) -> Iterable[CheckMessage]:
    """Check that webhooks of a deployment cannot reach its own machine."""
    if settings.WEBHOOKS_LOOPBACK:
        yield checks.Warning(
            "Webhooks may be sent to this machine, and so to services that trust it.",
            hint="Unset NEXUS_WEBHOOKS_LOOPBACK on a deployment.",
            id="nexus.W005",
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
