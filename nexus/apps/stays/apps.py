"""The stays app."""

from django.apps import AppConfig

__all__ = ["StaysConfig"]


class StaysConfig(AppConfig):
    """Where travellers sleep: listings, their prices by night, bookings and reviews."""

    name = "nexus.apps.stays"
    label = "stays"
