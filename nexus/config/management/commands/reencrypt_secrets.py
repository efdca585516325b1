"""`nexus manage reencrypt_secrets`: encrypt every stored secret with the present SECRET_KEY."""

from django.core.management.base import BaseCommand, CommandError

from nexus.core.security.encryption import reencrypt_all

__all__ = ["Command"]


class Command(BaseCommand):
    """Encrypt every stored secret with the present SECRET_KEY, so that an earlier one can go."""

    help = "Encrypt every stored secret with the present SECRET_KEY, so that earlier ones can go."

    def handle(self, **_options: object) -> None:
        """Encrypt them, and say how many there are. Raises `CommandError` where one is lost."""
        lost = []
        for told in reencrypt_all():
            place = f"{told.column.model}.{told.column.column}"
            self.stdout.write(f"{place}: {told.rows} under the present key.")
            lost += [f"{place} of row {pk}" for pk in told.unreadable]
        if lost:
            raise CommandError(
                f"No key reads {', '.join(lost)}: list the earlier SECRET_KEY in "
                "SECRET_KEY_FALLBACKS and run this again, or have these made anew."
            )
