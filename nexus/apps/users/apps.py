"""The users app."""

from django.apps import AppConfig

__all__ = ["UsersConfig"]


class UsersConfig(AppConfig):
    """Accounts, roles and what they allow."""

    name = "nexus.apps.users"
    label = "users"

    def ready(self) -> None:
        """Let the mails hear of what the services do."""
        from nexus.apps.users import mail  # noqa: F401
