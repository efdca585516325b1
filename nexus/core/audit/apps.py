"""The audit as an app of Django's, since it keeps rows."""

from django.apps import AppConfig

__all__ = ["AuditConfig"]


class AuditConfig(AppConfig):
    """What was done, by whom."""

    name = "nexus.core.audit"
    label = "audit"
