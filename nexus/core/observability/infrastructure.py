"""What Prometheus is told of what the service stands on: database, cache, disk, certificate.

Every web process says the same of these, so questions take the largest rather than the sum.
"""

import shutil
import socket
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from cryptography.x509 import load_der_x509_certificate
from django.conf import settings
from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from nexus.core.cache.valkey import client
from nexus.core.observability.collectors import CACHE, DATABASE, TIMEOUT_S, gauge, register

__all__ = ["register_collectors"]

SIZE_KEPT_S = 60
CERTIFICATE_KEPT_S = 600

# A vacuum by the server itself may take hours and is no transaction that somebody left open.
CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*),
       coalesce(extract(epoch FROM max(now() - xact_start)
                                   FILTER (WHERE backend_type = 'client backend')), 0)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
GROUP BY 1
"""
# All databases of the server share the limit.
SERVER = """
SELECT sum(numbackends), current_setting('max_connections')::int FROM pg_stat_database
"""
WORK = """
SELECT xact_commit, xact_rollback, blks_hit, blks_read, deadlocks,
       extract(epoch FROM now() - pg_postmaster_start_time())
FROM pg_stat_database WHERE datname = current_database()
"""
# Others see rows without a name or a position, and could not tell replicas from backups.
STANDING = "SELECT pg_is_in_recovery(), pg_has_role('pg_read_all_stats', 'USAGE')"
# A replica that has replayed all there is has no lag, however long ago the last write was. Several
# have one name unless somebody gives them others.
REPLICAS = """
SELECT application_name, count(*),
       max(CASE WHEN replay_lsn >= pg_current_wal_lsn() THEN 0
                ELSE coalesce(extract(epoch FROM replay_lag), 0) END)
FROM pg_stat_replication WHERE replay_lsn IS NOT NULL GROUP BY 1
"""
STATES = ("active", "idle", "idle in transaction", "idle in transaction (aborted)", "other")


def register_collectors() -> None:
    """Let all of these be told."""
    register("database", read_database, of=DATABASE)
    register("database size", read_database_size, of=DATABASE, kept_s=SIZE_KEPT_S)
    register("replicas", read_replicas, of=DATABASE)
    register("cache", read_cache, of=CACHE)
    register("disk", read_disk)
    if settings.PUBLIC_URL.startswith("https://"):
        register("certificate", read_certificate, kept_s=CERTIFICATE_KEPT_S)


def read_database() -> Iterable[Metric]:
    """Return the connections, and what the database has done since its statistics began."""
    found = {state: (number, age) for state, number, age in _rows(CONNECTIONS)}
    connections = GaugeMetricFamily(
        "nexus_database_connections", "Connections to our database.", labels=["state"]
    )
    for state in STATES:
        connections.add_metric([state], found.get(state, (0, 0))[0])
    ((on_server, most),) = _rows(SERVER)
    ((committed, taken_back, from_memory, read, deadlocks, up_s),) = _rows(WORK)
    transactions = CounterMetricFamily(
        "nexus_database_transactions", "Transactions by their end.", labels=["outcome"]
    )
    transactions.add_metric(["committed"], committed)
    transactions.add_metric(["rolled_back"], taken_back)
    blocks = CounterMetricFamily(
        "nexus_database_blocks", "Blocks that were needed, by where they were.", labels=["source"]
    )
    blocks.add_metric(["memory"], from_memory)
    blocks.add_metric(["disk"], read)
    return [
        connections,
        transactions,
        blocks,
        CounterMetricFamily("nexus_database_deadlocks", "Deadlocks.", value=deadlocks),
        gauge("nexus_database_up_seconds", "For how long the server has been up.", float(up_s)),
        gauge("nexus_database_server_connections", "Connections to the server.", on_server),
        gauge("nexus_database_server_connections_max", "As many as the server allows.", most),
        gauge(
            "nexus_database_oldest_transaction_seconds",
            "For how long the oldest transaction has been open.",
            max((float(age) for _, age in found.values()), default=0.0),
        ),
    ]


def read_database_size() -> Iterable[Metric]:
    """Return the size of the database, which PostgreSQL adds up from its files."""
    ((size,),) = _rows("SELECT pg_database_size(current_database())")
    return [gauge("nexus_database_size_bytes", "The size of our database on disk.", size)]


def read_replicas() -> Iterable[Metric]:
    """Return how many replicas there are, and how far those of a name are behind at most.

    A role that may not see them tells nothing.
    """
    ((is_replica, may_see),) = _rows(STANDING)
    if not may_see:
        return []
    rows = [] if is_replica else _rows(REPLICAS)
    lag = GaugeMetricFamily(
        "nexus_database_replica_lag_seconds", "How far a replica is behind.", labels=["replica"]
    )
    for name, _, behind_s in rows:
        lag.add_metric([name], float(behind_s))
    following = sum(number for _, number, _ in rows)
    return [
        gauge("nexus_database_replicas", "Replicas that follow the primary.", following),
        lag,
    ]


def read_cache() -> Iterable[Metric]:
    """Return the memory and the clients of Valkey, and what it had to drop."""
    told = client(TIMEOUT_S).info()
    dropped = CounterMetricFamily("nexus_cache_keys_dropped", "Keys that went.", labels=["why"])
    dropped.add_metric(["expired"], told["expired_keys"])
    dropped.add_metric(["evicted"], told["evicted_keys"])
    return [
        dropped,
        gauge("nexus_cache_memory_bytes", "Memory in use.", told["used_memory"]),
        gauge(
            "nexus_cache_memory_max_bytes",
            "As much as it may use; 0 where nobody has said.",
            told["maxmemory"],
        ),
        gauge("nexus_cache_up_seconds", "For how long it has been up.", told["uptime_in_seconds"]),
        gauge("nexus_cache_clients", "Connections to it.", told["connected_clients"]),
    ]


def read_disk() -> Iterable[Metric]:
    """Return the disk that NEXUS_HOME is on, and the root's.

    In a container that of NEXUS_HOME may be memory; the root's is the engine's, with the volumes
    of the others on it.
    """
    free = GaugeMetricFamily("nexus_disk_free_bytes", "What is free there.", labels=["place"])
    size = GaugeMetricFamily("nexus_disk_size_bytes", "The size of that disk.", labels=["place"])
    for place, path in (("home", settings.NEXUS_HOME), ("root", "/")):
        usage = shutil.disk_usage(path)
        free.add_metric([place], usage.free)
        size.add_metric([place], usage.total)
    return [free, size]


def read_certificate() -> Iterable[Metric]:
    """Return the moment at which the certificate ends that people are shown.

    It is read and not believed: one that has ended has to be told as well.
    """
    parts = urlsplit(settings.PUBLIC_URL)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, parts.port or 443), timeout=TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as connected,
    ):
        shown = connected.getpeercert(binary_form=True) or b""
    ends_at = load_der_x509_certificate(shown).not_valid_after_utc.timestamp()
    return [
        gauge(
            "nexus_certificate_ends_timestamp_seconds",
            "When the certificate ends that the public address shows.",
            ends_at,
        )
    ]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
