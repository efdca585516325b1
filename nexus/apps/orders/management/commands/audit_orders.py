"""`nexus manage audit_orders`: rebuild every order from its events, and report differences."""

from django.core.management.base import BaseCommand, CommandError

from nexus.apps.orders.checking import audit_orders

__all__ = ["Command"]


class Command(BaseCommand):
    """Rebuild every order from its events; exits with 1 where what is written differs."""

    help = "Rebuild every order from its events; exit with 1 where what is written differs."

    def handle(self, **_options: object) -> None:
        """Print every difference. Raises `CommandError`, which exits with 1, if there are any."""
        found = 0
        for one in audit_orders():
            found += 1
            self.stdout.write(f"{one.order}: {one.what} is {one.written}, not {one.rebuilt}.")
        if found:
            raise CommandError(f"{found} differences between orders and their events.")
        self.stdout.write("Every order is what its events come to.")
