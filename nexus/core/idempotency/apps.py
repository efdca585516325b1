"""Repeated requests as an app of Django's, since it keeps rows."""

from django.apps import AppConfig

__all__ = ["IdempotencyConfig"]


class IdempotencyConfig(AppConfig):
    """Answers that are given again."""

    name = "nexus.core.idempotency"
    label = "idempotency"
