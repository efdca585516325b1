"""The labs app."""

from django.apps import AppConfig

__all__ = ["LabsConfig"]


class LabsConfig(AppConfig):
    """Labs: which there are, the runs of them, and the process that carries runs out."""

    name = "nexus.apps.labs"
    label = "labs"

    def ready(self) -> None:
        """Register what is kept of people, and the metrics of runs."""
        from nexus.apps.labs import collectors, personal
        from nexus.apps.users.keepers import Keeper, register
        from nexus.core.observability.collectors import DATABASE
        from nexus.core.observability.collectors import register as register_reading

        register("labs", Keeper(export=personal.export, forget=personal.forget))
        register_reading("labs", collectors.read, of=DATABASE)
