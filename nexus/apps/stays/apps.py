"""The stays app."""

from django.apps import AppConfig

__all__ = ["StaysConfig"]


class StaysConfig(AppConfig):
    """The travel site: listings, prices per night, bookings and reviews."""

    name = "nexus.apps.stays"
    label = "stays"

    def ready(self) -> None:
        from nexus.apps.stays import privacy
        from nexus.apps.users.privacy_registry import PersonalData, register

        register("stays", PersonalData(export=privacy.export, forget=privacy.forget))
