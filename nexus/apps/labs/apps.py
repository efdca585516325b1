"""The labs app."""

from django.apps import AppConfig

__all__ = ["LabsConfig"]


class LabsConfig(AppConfig):
    """Labs: which there are, the runs of them, and the process that carries runs out."""

    name = "nexus.apps.labs"
    label = "labs"

    def ready(self) -> None:
        """Register what is kept of people, and the metrics of runs."""
        from nexus.apps.labs import collectors, privacy
        from nexus.apps.users.privacy_registry import PersonalData, register
        from nexus.core.observability.collectors import DATABASE
        from nexus.core.observability.collectors import register as register_reading

        register("labs", PersonalData(export=privacy.export, forget=privacy.forget))
        register_reading("labs", collectors.read, of=DATABASE)
