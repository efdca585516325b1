"""`nexus manage rotate_signing_key`: let a new key sign access tokens."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from nexus.apps.users.services import rotate_signing_key

__all__ = ["Command"]


class Command(BaseCommand):
    """Let a new key sign access tokens; the one before verifies until its tokens have expired."""

    help = "Let a new key sign access tokens; the earlier one verifies until its tokens expire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--revoke`."""
        parser.add_argument(
            "--revoke",
            action="store_true",
            help="The earlier keys verify nothing any more, within a minute; for a stolen key.",
        )

    def handle(self, *, revoke: bool, **_options: object) -> None:
        """Rotate, and say which key signs now."""
        key = rotate_signing_key(revoke=revoke)
        self.stdout.write(f"The key {key.kid} signs access tokens from now on.")
