"""`nexus manage reencrypt_secrets`: encrypt every stored secret with the current SECRET_KEY."""

from django.core.management.base import BaseCommand, CommandError

from nexus.core.security.encryption import reencrypt_all

__all__ = ["Command"]


class Command(BaseCommand):
    """Re-encrypt every stored secret with the current SECRET_KEY."""

    help = "Re-encrypt every stored secret with the current SECRET_KEY, to remove earlier keys."

    def handle(self, **_options: object) -> None:
        """Re-encrypt the secrets and print counts. Raises `CommandError` if one is unreadable."""
        unreadable = []
        for outcome in reencrypt_all():
            column = f"{outcome.column.model}.{outcome.column.column}"
            self.stdout.write(f"{column}: {outcome.rows} encrypted with the current key.")
            unreadable += [f"{column} of row {pk}" for pk in outcome.unreadable]
        if unreadable:
            raise CommandError(
                f"No key reads {', '.join(unreadable)}: list the earlier SECRET_KEY in "
                "SECRET_KEY_FALLBACKS and run this again, or create these secrets again."
            )
