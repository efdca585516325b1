"""The stays app."""

from django.apps import AppConfig

__all__ = ["StaysConfig"]


class StaysConfig(AppConfig):
    """Where travellers sleep: listings, their prices by night, bookings and reviews."""

    name = "nexus.apps.stays"
    label = "stays"

    def ready(self) -> None:
        """Say what is kept of people."""
        from nexus.apps.stays import personal
        from nexus.apps.users.keepers import Keeper, register

        register("stays", Keeper(export=personal.export, forget=personal.forget))
