"""`nexus manage end_log_ins`: end every log-in of programs."""

from django.core.management.base import BaseCommand

from nexus.apps.users.services import end_all_log_ins

__all__ = ["Command"]


class Command(BaseCommand):
    """End every log-in of programs, of all users: no refresh token works any more."""

    help = "End every log-in of programs, such as after a theft of SECRET_KEY."

    def handle(self, **_options: object) -> None:
        """End them, and print how many there were."""
        self.stdout.write(f"{end_all_log_ins()} log-ins have been ended.")
