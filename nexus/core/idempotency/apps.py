"""Idempotency as a Django app, since it has a table."""

from django.apps import AppConfig

__all__ = ["IdempotencyConfig"]


class IdempotencyConfig(AppConfig):
    """The idempotency app."""

    name = "nexus.core.idempotency"
    label = "idempotency"
