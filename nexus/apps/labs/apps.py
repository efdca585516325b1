"""The labs app."""

from django.apps import AppConfig

__all__ = ["LabsConfig"]


class LabsConfig(AppConfig):
    """Labs: which there are, the runs of them, and the process that carries runs out."""

    name = "nexus.apps.labs"
    label = "labs"
