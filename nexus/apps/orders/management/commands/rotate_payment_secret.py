"""`nexus manage rotate_payment_secret`: replace a payment provider's signing secret."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from nexus.apps.orders.services import rotate_secret
from nexus.core.errors import NexusError

__all__ = ["Command"]


class Command(BaseCommand):
    """Replace a payment provider's signing secret; the old one stays valid for 24 hours."""

    help = "Replace a payment provider's signing secret. The old one stays valid for 24 hours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", help="The provider, such as sandbox.")
        parser.add_argument(
            "--stdin",
            action="store_true",
            help="Read the provider's secret (whsec_…) from stdin instead of generating one.",
        )

    def handle(self, *, provider: str, stdin: bool, **_options: object) -> None:
        """Rotate the secret; print it once if it was generated. Raises `CommandError`."""
        own = sys.stdin.readline().strip() if stdin else ""
        try:
            secret = rotate_secret(provider=provider, secret=own)
        except (NexusError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The secret was saved." if own else secret)
