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
        from nexus.config import (
            broker,
            celery,  # noqa: F401 -- making it is what is wanted
            observing,  # noqa: F401 -- it connects to Celery's signals
        )
        from nexus.core import error_reports, pulse, tracing
        from nexus.core.readings import CACHE, register
        from nexus.core.surroundings import register_readings

        register_readings()
        if settings.TRACES_TO:
            tracing.set_up("nexus")
        if settings.SENTRY_DSN:
            error_reports.set_up(settings.SENTRY_DSN)
        register("queue", broker.read)
        register("parts", pulse.read, of=CACHE)
