"""What waits at Celery's broker, be it Valkey or RabbitMQ."""

from collections.abc import Iterable
from typing import Any

from kombu import Connection
from kombu.exceptions import OperationalError
from prometheus_client.metrics_core import Metric

from nexus.config.celery import app
from nexus.core.observability.collectors import gauge

__all__ = ["count_waiting", "read"]

TIMEOUT_S = 2


def count_waiting() -> int:
    """Give how many tasks wait for a worker. Raises kombu's `OperationalError`."""
    with app.connection_for_read(connect_timeout=TIMEOUT_S) as connection:
        try:
            return _ask(connection)
        except connection.recoverable_connection_errors as error:
            raise OperationalError(str(error)) from error


def _ask(connection: Connection) -> int:
    queue = app.conf.task_default_queue
    # One try: whoever asks comes again.
    connection.ensure_connection(max_retries=1, timeout=TIMEOUT_S)
    # Its type names only what every transport has, and this all of ours have.
    channel: Any = connection.default_channel
    try:
        # Passive: a look, which makes nothing.
        return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:
        # No worker has made the queue yet, so nothing waits in it.
        return 0


def read() -> Iterable[Metric]:
    """Give the length of the queue."""
    return [gauge("nexus_queue_tasks", "Tasks that wait for a worker.", count_waiting())]
