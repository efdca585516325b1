"""The outbox's metrics."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric

from nexus.core.observability.collectors import gauge
from nexus.core.outbox.models import OPEN, Message
from nexus.core.outbox.services import oldest_waiting_s

__all__ = ["MAX_COUNTED", "read"]

MAX_COUNTED = 100_000
"""The queue is not counted beyond this, to limit the cost of a query on a long one."""


def read() -> Iterable[Metric]:
    """Return the number of waiting and given-up messages, and the age of the oldest waiting."""
    waiting = Message.objects.filter(OPEN)[:MAX_COUNTED].count()
    given_up = Message.objects.filter(failed_at__isnull=False)[:MAX_COUNTED].count()
    return [
        gauge("nexus_outbox_waiting", "Messages waiting to be delivered.", waiting),
        gauge(
            "nexus_outbox_oldest_seconds",
            "How long the oldest due message has been due.",
            oldest_waiting_s(),
        ),
        gauge("nexus_outbox_given_up", "Messages given up, which need attention.", given_up),
    ]
