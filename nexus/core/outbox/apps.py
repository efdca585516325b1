"""The outbox as an app of Django's, since it keeps rows."""

from django.apps import AppConfig

__all__ = ["OutboxConfig"]


class OutboxConfig(AppConfig):
    """Messages that outlive the process that wrote them."""

    name = "nexus.core.outbox"
    label = "outbox"

    def ready(self) -> None:
        """Let the tasks hear of what is published, and Prometheus of what waits."""
        from nexus.core.observability.collectors import DATABASE, register
        from nexus.core.outbox import (
            collectors,
            tasks,  # noqa: F401 -- it registers what publishes to the queue
        )

        register("outbox", collectors.read, of=DATABASE)
