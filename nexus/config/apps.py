"""The app config with the setup that every process of the service needs."""

from django.apps import AppConfig
from django.conf import settings

__all__ = ["ServiceConfig"]


class ServiceConfig(AppConfig):
    """The service as a whole; it has no models."""

    name = "nexus.config"
    label = "service"

    def ready(self) -> None:
        """Connect Celery to the broker, and register the metric collectors.

        Tracing and error reports are set up if their variables are set.
        """
        from nexus.config import (
            broker,
            celery,  # noqa: F401 -- without this application Celery uses its default one
            checks,  # noqa: F401 -- it registers the system checks
            observability,  # noqa: F401 -- it connects to Celery's signals
        )
        from nexus.core.observability import error_reports, heartbeat, tracing
        from nexus.core.observability.collectors import CACHE, register
        from nexus.core.observability.infrastructure import register_collectors

        register_collectors()
        if settings.TRACES_TO:
            tracing.set_up("nexus")
        if settings.SENTRY_DSN:
            error_reports.set_up(settings.SENTRY_DSN)
        register("queue", broker.read)
        register("parts", heartbeat.read, of=CACHE)
