"""Celery's broker in one place: supported URLs, transport options, queue length.

To support another kind of broker, add its scheme to `SCHEMES` and, if it needs any, options to
`transport_options`. It must be a transport of kombu whose channel has
`queue_declare(passive=True)`. Its driver
goes in `requirements/base.in`; `.ci/servers` starts its container for the tests.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kombu import Connection
    from prometheus_client.metrics_core import Metric

__all__ = ["SCHEMES", "count_waiting", "read", "read_broker_url", "transport_options"]

AMQP = ("amqp", "amqps")
VALKEY = ("redis", "rediss", "redis+socket")
SCHEMES = (*AMQP, *VALKEY)

COUNT_TIMEOUT_S = 2
VISIBILITY_TIMEOUT_S = 120
"""Slightly longer than the longest task; lab runs are not tasks."""

VALKEY_TIMEOUT_S = 5


def read_broker_url(name: str, *, cache_url: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read Celery's broker URL; the default is database 1 of the server at `cache_url`.

    Raises `ImproperlyConfigured` for an unsupported scheme.
    """
    url = environ.get(name, "").strip()
    if not url:
        parts = urlsplit(cache_url)
        if parts.scheme == "unix":
            return f"redis+socket://{parts.netloc}{parts.path}?virtual_host=1"
        return parts._replace(path="/1").geturl()
    if urlsplit(url).scheme not in SCHEMES:
        raise ImproperlyConfigured(
            f"{name} begins with {urlsplit(url).scheme!r}. Set it to a URL that begins with one of "
            f"{', '.join(SCHEMES)}, or leave it out to use CACHE_URL.",
        )
    return url


def transport_options(broker_url: str) -> dict[str, int]:
    """Return the transport options for a broker."""
    options = {"visibility_timeout": VISIBILITY_TIMEOUT_S}
    if urlsplit(broker_url).scheme in VALKEY:
        # After this time a client or worker reconnects. A blocking pop is not affected, since it is
        # read only once there is something to read.
        options |= {"socket_connect_timeout": VALKEY_TIMEOUT_S, "socket_timeout": VALKEY_TIMEOUT_S}
    return options


def count_waiting() -> int:
    """Return the number of tasks waiting for a worker. Raises kombu's `OperationalError`."""
    from kombu.exceptions import OperationalError

    from nexus.config.celery import app

    with app.connection_for_read(connect_timeout=COUNT_TIMEOUT_S) as connection:
        try:
            return _queue_length(connection, app.conf.task_default_queue)
        except connection.recoverable_connection_errors as error:
            raise OperationalError(str(error)) from error


def _queue_length(connection: "Connection", queue: str) -> int:
    # One attempt is enough: Prometheus scrapes again soon.
    connection.ensure_connection(max_retries=1, timeout=COUNT_TIMEOUT_S)
    # The stubs cover only what every transport has; all supported ones have this method.
    channel: Any = connection.default_channel
    try:
        # Passive: it reads the queue and does not create it.
        return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:
        # No worker has created the queue yet, so it is empty.
        return 0


def read() -> "Iterable[Metric]":
    """Return the queue's length as a metric."""
    from nexus.core.observability.collectors import gauge

    return [gauge("nexus_queue_tasks", "Tasks waiting for a worker.", count_waiting())]
