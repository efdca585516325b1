"""What every process of the service has, whoever starts it."""

from django.apps import AppConfig

__all__ = ["ServiceConfig"]


class ServiceConfig(AppConfig):
    """The service as a whole: no models."""

    name = "nexus.config"
    label = "service"

    def ready(self) -> None:
        """Let tasks be queued at our broker; without an application Celery takes another."""
        from nexus.config import celery  # noqa: F401 -- making it is what is wanted
