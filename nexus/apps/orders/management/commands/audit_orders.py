"""`nexus manage audit_orders`: rebuild every order from its events and report differences."""

from django.core.management.base import BaseCommand, CommandError

from nexus.apps.orders.checking import audit_orders

__all__ = ["Command"]


class Command(BaseCommand):
    """Rebuild every order from its events and compare it with its row."""

    help = "Rebuild every order from its events. Exits with 1 if a stored value differs."

    def handle(self, **_options: object) -> None:
        """Print every difference. Raises `CommandError`, which exits with 1, if there are any."""
        count = 0
        for difference in audit_orders():
            count += 1
            self.stdout.write(
                f"{difference.order}: {difference.what} is {difference.written}, "
                f"not {difference.rebuilt}."
            )
        if count:
            raise CommandError(f"{count} differences between orders and their events.")
        self.stdout.write("Every order matches its events.")
