"""The labs app."""

from django.apps import AppConfig

__all__ = ["LabsConfig"]


class LabsConfig(AppConfig):
    """Labs: their registry, their runs, and the process that executes runs."""

    name = "nexus.apps.labs"
    label = "labs"

    def ready(self) -> None:
        """Register personal data and the metrics of runs."""
        from nexus.apps.labs import collectors, privacy
        from nexus.apps.users.privacy_registry import PersonalData, register
        from nexus.core.observability.collectors import DATABASE
        from nexus.core.observability.collectors import register as register_collector

        register("labs", PersonalData(export=privacy.export, forget=privacy.forget))
        register_collector("labs", collectors.read, of=DATABASE)
