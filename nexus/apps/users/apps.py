"""The users app."""

from django.apps import AppConfig

__all__ = ["UsersConfig"]


class UsersConfig(AppConfig):
    """Accounts, roles and what they allow."""

    name = "nexus.apps.users"
    label = "users"
