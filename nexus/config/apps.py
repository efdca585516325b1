"""What every process of the service has, whoever starts it."""

from django.apps import AppConfig
from django.conf import settings

__all__ = ["ServiceConfig"]


class ServiceConfig(AppConfig):
    """The service as a whole: no models."""

    name = "nexus.config"
    label = "service"

    def ready(self) -> None:
        """Let tasks be queued at our broker; without an application Celery takes another.

        And let those hear who watch: Prometheus of what the service stands on, and where the
        variables say so, others of traces and errors.
        """
        from nexus.config import broker
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
