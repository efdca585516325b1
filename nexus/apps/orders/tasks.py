"""Housekeeping of orders."""

from celery import shared_task

from nexus.apps.orders import services

__all__ = ["delete_old_deliveries", "expire"]

EXPIRE_S = 45
"""For how long one task works; the next finds the rest."""


@shared_task(name="orders.expire")
def expire() -> int:
    """Cancel what nobody has paid in time."""
    return services.expire_orders(seconds=EXPIRE_S)


@shared_task(name="orders.delete_old_deliveries")
def delete_old_deliveries() -> int:
    """Delete what was sent to webhooks long ago."""
    return services.delete_old_deliveries()
