"""The audit as a Django app, since it has a table."""

from django.apps import AppConfig

__all__ = ["AuditConfig"]


class AuditConfig(AppConfig):
    """The audit app."""

    name = "nexus.core.audit"
    label = "audit"
