"""The stays app."""

from django.apps import AppConfig

__all__ = ["StaysConfig"]


class StaysConfig(AppConfig):
    """Where travellers sleep: listings, their prices by night, bookings and reviews."""

    name = "nexus.apps.stays"
    label = "stays"

    def ready(self) -> None:
        """Say what is kept of people."""
        from nexus.apps.stays import privacy
        from nexus.apps.users.privacy_registry import PersonalData, register

        register("stays", PersonalData(export=privacy.export, forget=privacy.forget))
