"""What Prometheus is told of the outbox."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric

from nexus.core.observability.collectors import gauge
from nexus.core.outbox.models import OPEN, Message
from nexus.core.outbox.services import oldest_waiting_s

__all__ = ["MAX_COUNTED", "read"]

MAX_COUNTED = 100_000
"""A queue is not counted further than this, so that a long one costs no more than a look."""


def read() -> Iterable[Metric]:
    """Return how many messages wait, for how long, and how many were given up."""
    waiting = Message.objects.filter(OPEN)[:MAX_COUNTED].count()
    given_up = Message.objects.filter(failed_at__isnull=False)[:MAX_COUNTED].count()
    return [
        gauge("nexus_outbox_waiting", "Messages that wait to be handled.", waiting),
        gauge(
            "nexus_outbox_oldest_seconds",
            "For how long the oldest message that is due has been.",
            oldest_waiting_s(),
        ),
        gauge("nexus_outbox_given_up", "Messages that a person has to look at.", given_up),
    ]
