"""The outbox's Celery tasks."""

from typing import Any

from celery import shared_task
from django.dispatch import receiver

from nexus.core.outbox import services
from nexus.core.outbox.events import published

__all__ = ["delete_delivered", "deliver", "queue_messages", "sweep"]

SWEEP_S = 20
"""How long one sweep works; the next one continues."""


@shared_task(name="outbox.deliver")
def deliver(message_id: int) -> bool:
    """Deliver one message; a failed one is retried from its row, not by the broker."""
    return services.deliver(message_id)


@shared_task(name="outbox.sweep")
def sweep() -> int:
    """Deliver overdue messages, whether or not they were sent to the broker."""
    return services.sweep(seconds=SWEEP_S)


@shared_task(name="outbox.delete_delivered")
def delete_delivered() -> int:
    """Delete old delivered messages."""
    return services.delete_delivered()


@receiver(published)
def queue_messages(*, message_ids: list[int], **_signal: Any) -> None:
    """Queue a task for each message; if the broker is unreachable, the sweeper finds them."""
    for message_id in message_ids:
        deliver.delay(message_id)
