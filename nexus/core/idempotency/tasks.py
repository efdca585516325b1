"""Idempotency's Celery tasks."""

from celery import shared_task

from nexus.core.idempotency import services

__all__ = ["delete_expired"]


@shared_task(name="idempotency.delete_expired")
def delete_expired() -> int:
    """Delete expired responses."""
    return services.delete_expired()
