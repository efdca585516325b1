"""The worker's side of the outbox."""

from typing import Any

from celery import shared_task
from django.dispatch import receiver

from nexus.core.outbox import services
from nexus.core.outbox.events import published

__all__ = ["delete_delivered", "deliver", "queue_messages", "sweep"]

SWEEP_S = 20
"""For how long one sweep works; the next finds the rest."""


@shared_task(name="outbox.deliver")
def deliver(message_id: int) -> bool:
    """Handle one message; a failure waits in its row, not in the broker."""
    return services.deliver(message_id)


@shared_task(name="outbox.sweep")
def sweep() -> int:
    """Handle what is due, whether or not the broker ever heard of it."""
    return services.sweep(seconds=SWEEP_S)


@shared_task(name="outbox.delete_delivered")
def delete_delivered() -> int:
    """Delete what was delivered long ago."""
    return services.delete_delivered()


@receiver(published)
def queue_messages(*, message_ids: list[int], **_signal: Any) -> None:
    """Wake the workers; where the broker is away the sweeper finds the messages."""
    for message_id in message_ids:
        deliver.delay(message_id)
