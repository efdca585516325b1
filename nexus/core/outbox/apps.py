"""The outbox as a Django app, since it has a table."""

from django.apps import AppConfig

__all__ = ["OutboxConfig"]


class OutboxConfig(AppConfig):
    """The outbox app."""

    name = "nexus.core.outbox"
    label = "outbox"

    def ready(self) -> None:
        """Connect the tasks to published messages, and register the queue's metrics."""
        from nexus.core.observability.collectors import DATABASE, register
        from nexus.core.outbox import (
            collectors,
            tasks,  # noqa: F401 -- it registers the signal receiver
        )

        register("outbox", collectors.read, of=DATABASE)
