"""`nexus manage rotate_signing_key`: sign access tokens with a new key."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from nexus.apps.users.services import rotate_signing_key

__all__ = ["Command"]


class Command(BaseCommand):
    """Sign access tokens with a new key; the earlier one verifies until its tokens have expired."""

    help = "Sign access tokens with a new key. The earlier key verifies until its tokens expire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--revoke",
            action="store_true",
            help="Delete the earlier keys, which takes effect within a minute; for a stolen key.",
        )

    def handle(self, *, revoke: bool, **_options: object) -> None:
        """Rotate, and print which key signs now."""
        key = rotate_signing_key(revoke=revoke)
        self.stdout.write(f"Access tokens are now signed with the key {key.kid}.")
