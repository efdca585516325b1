"""`nexus manage rotate_payment_secret`: let a payment provider sign with another secret."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from nexus.apps.orders.services import rotate_secret
from nexus.core.errors import NexusError

__all__ = ["Command"]


class Command(BaseCommand):
    """Let a provider sign with another secret; the one before is read for another day."""

    help = "Let a provider sign with another secret; the one before is read for another day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the provider and `--stdin`."""
        parser.add_argument("provider", help="Such as sandbox.")
        parser.add_argument(
            "--stdin",
            action="store_true",
            help="Read the secret that the provider gave, whsec_…, instead of making one.",
        )

    def handle(self, *, provider: str, stdin: bool, **_options: object) -> None:
        """Rotate; a secret that was made here is told once. Raises `CommandError`."""
        given = sys.stdin.readline().strip() if stdin else ""
        try:
            made = rotate_secret(provider=provider, secret=given)
        except (NexusError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("It is kept." if given else made)
