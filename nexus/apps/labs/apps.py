"""The labs app."""

from django.apps import AppConfig

__all__ = ["LabsConfig"]


class LabsConfig(AppConfig):
    """Labs: which there are, the runs of them, and the process that carries runs out."""

    name = "nexus.apps.labs"
    label = "labs"

    def ready(self) -> None:
        """Say what is kept of people."""
        from nexus.apps.labs import personal
        from nexus.apps.users.keepers import Keeper, register

        register("labs", Keeper(export=personal.export, forget=personal.forget))
