"""Periodic tasks of orders."""

from celery import shared_task

from nexus.apps.orders import services

__all__ = ["delete_old_deliveries", "expire"]

EXPIRE_S = 45
"""How long one task runs; the next one continues."""


@shared_task(name="orders.expire")
def expire() -> int:
    """Cancel orders that were not paid in time."""
    return services.expire_orders(seconds=EXPIRE_S)


@shared_task(name="orders.delete_old_deliveries")
def delete_old_deliveries() -> int:
    """Delete old webhook deliveries."""
    return services.delete_old_deliveries()
