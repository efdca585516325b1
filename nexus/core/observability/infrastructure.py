"""Metrics of the infrastructure: database, cache, disk, certificate.

Every web process exports the same values, so queries use `max`, not `sum`.
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

# An autovacuum may take hours and is not a transaction that a client left open.
CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*),
       coalesce(extract(epoch FROM max(now() - xact_start)
                                   FILTER (WHERE backend_type = 'client backend')), 0)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
GROUP BY 1
"""
# The limit is shared by all databases of the server.
SERVER = """
SELECT sum(numbackends), current_setting('max_connections')::int FROM pg_stat_database
"""
WORK = """
SELECT xact_commit, xact_rollback, blks_hit, blks_read, deadlocks,
       extract(epoch FROM now() - pg_postmaster_start_time())
FROM pg_stat_database WHERE datname = current_database()
"""
# Other roles see rows without name and position, and cannot tell replicas from backups.
STANDING = "SELECT pg_is_in_recovery(), pg_has_role('pg_read_all_stats', 'USAGE')"
# A replica that has replayed everything has no lag, however long ago the last write was. Several
# replicas have the same name unless each is given its own.
REPLICAS = """
SELECT application_name, count(*),
       max(CASE WHEN replay_lsn >= pg_current_wal_lsn() THEN 0
                ELSE coalesce(extract(epoch FROM replay_lag), 0) END)
FROM pg_stat_replication WHERE replay_lsn IS NOT NULL GROUP BY 1
"""
STATES = ("active", "idle", "idle in transaction", "idle in transaction (aborted)", "other")


def register_collectors() -> None:
    """Register these collectors."""
    register("database", read_database, of=DATABASE)
    register("database size", read_database_size, of=DATABASE, kept_s=SIZE_KEPT_S)
    register("replicas", read_replicas, of=DATABASE)
    register("cache", read_cache, of=CACHE)
    register("disk", read_disk)
    if settings.PUBLIC_URL.startswith("https://"):
        register("certificate", read_certificate, kept_s=CERTIFICATE_KEPT_S)


def read_database() -> Iterable[Metric]:
    """Return the connections, and the database's cumulative statistics."""
    by_state = {state: (count, age) for state, count, age in _rows(CONNECTIONS)}
    connections = GaugeMetricFamily(
        "nexus_database_connections", "Connections to our database.", labels=["state"]
    )
    for state in STATES:
        connections.add_metric([state], by_state.get(state, (0, 0))[0])
    ((on_server, max_connections),) = _rows(SERVER)
    ((committed, rolled_back, from_memory, read, deadlocks, up_s),) = _rows(WORK)
    transactions = CounterMetricFamily(
        "nexus_database_transactions", "Transactions by outcome.", labels=["outcome"]
    )
    transactions.add_metric(["committed"], committed)
    transactions.add_metric(["rolled_back"], rolled_back)
    blocks = CounterMetricFamily(
        "nexus_database_blocks", "Blocks read, by where they were found.", labels=["source"]
    )
    blocks.add_metric(["memory"], from_memory)
    blocks.add_metric(["disk"], read)
    return [
        connections,
        transactions,
        blocks,
        CounterMetricFamily("nexus_database_deadlocks", "Deadlocks.", value=deadlocks),
        gauge("nexus_database_up_seconds", "Uptime of the server.", float(up_s)),
        gauge("nexus_database_server_connections", "Connections to the server.", on_server),
        gauge(
            "nexus_database_server_connections_max",
            "Connections that the server allows.",
            max_connections,
        ),
        gauge(
            "nexus_database_oldest_transaction_seconds",
            "Age of the oldest open transaction.",
            max((float(age) for _, age in by_state.values()), default=0.0),
        ),
    ]


def read_database_size() -> Iterable[Metric]:
    """Return the size of the database, which PostgreSQL sums from its files."""
    ((size,),) = _rows("SELECT pg_database_size(current_database())")
    return [gauge("nexus_database_size_bytes", "Size of our database on disk.", size)]


def read_replicas() -> Iterable[Metric]:
    """Return the number of replicas, and the maximum lag of the replicas with each name.

    A role without the privilege to see them returns no metrics.
    """
    ((is_replica, may_see),) = _rows(STANDING)
    if not may_see:
        return []
    rows = [] if is_replica else _rows(REPLICAS)
    lag = GaugeMetricFamily(
        "nexus_database_replica_lag_seconds", "Replication lag.", labels=["replica"]
    )
    for name, _, lag_s in rows:
        lag.add_metric([name], float(lag_s))
    replica_count = sum(count for _, count, _ in rows)
    return [
        gauge("nexus_database_replicas", "Replicas that follow the primary.", replica_count),
        lag,
    ]


def read_cache() -> Iterable[Metric]:
    """Return the memory and clients of Valkey, and the keys it has removed."""
    info = client(TIMEOUT_S).info()
    dropped = CounterMetricFamily(
        "nexus_cache_keys_dropped", "Keys that expired or were evicted.", labels=["why"]
    )
    dropped.add_metric(["expired"], info["expired_keys"])
    dropped.add_metric(["evicted"], info["evicted_keys"])
    return [
        dropped,
        gauge("nexus_cache_memory_bytes", "Memory in use.", info["used_memory"]),
        gauge(
            "nexus_cache_memory_max_bytes",
            "Memory limit; 0 if there is none.",
            info["maxmemory"],
        ),
        gauge("nexus_cache_up_seconds", "Uptime of the cache.", info["uptime_in_seconds"]),
        gauge("nexus_cache_clients", "Connections to the cache.", info["connected_clients"]),
    ]


def read_disk() -> Iterable[Metric]:
    """Return the size and free space of NEXUS_HOME's disk and of the root's.

    In a container NEXUS_HOME may be in memory; the root's disk is that of the container engine,
    with the volumes of the other containers on it.
    """
    free = GaugeMetricFamily("nexus_disk_free_bytes", "Free space on the disk.", labels=["place"])
    size = GaugeMetricFamily("nexus_disk_size_bytes", "Size of the disk.", labels=["place"])
    for place, path in (("home", settings.NEXUS_HOME), ("root", "/")):
        usage = shutil.disk_usage(path)
        free.add_metric([place], usage.free)
        size.add_metric([place], usage.total)
    return [free, size]


def read_certificate() -> Iterable[Metric]:
    """Return the expiry time of the certificate that the public address presents.

    It is read without verification, so that an expired certificate is reported as well.
    """
    parts = urlsplit(settings.PUBLIC_URL)
    host = parts.hostname or ""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((host, parts.port or 443), timeout=TIMEOUT_S) as tcp,
        context.wrap_socket(tcp, server_hostname=host) as tls,
    ):
        certificate = tls.getpeercert(binary_form=True) or b""
    ends_at = load_der_x509_certificate(certificate).not_valid_after_utc.timestamp()
    return [
        gauge(
            "nexus_certificate_ends_timestamp_seconds",
            "Expiry time of the public address's certificate.",
            ends_at,
        )
    ]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
