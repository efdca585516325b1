"""`nexus manage`: Django's management commands."""

from nexus.cli.preparation import set_up_django
from nexus.cli.terminal import faults_as_sentences

__all__ = ["manage"]


def manage(arguments: list[str]) -> None:
    """Run a Django management command with its arguments."""
    with faults_as_sentences():
        set_up_django()
        from django.core.management import execute_from_command_line

        execute_from_command_line(["nexus manage", *arguments])
