"""The users app."""

from django.apps import AppConfig

__all__ = ["UsersConfig"]


class UsersConfig(AppConfig):
    """Accounts, roles and what they allow."""

    name = "nexus.apps.users"
    label = "users"

    def ready(self) -> None:
        """Register the mail handler and the encrypted columns."""
        from nexus.apps.users import mail, second_factor  # noqa: F401 -- imported for what they register
        from nexus.apps.users.services import keys
        from nexus.core.security.encryption import SealedColumn, register

        register(
            SealedColumn("users.SigningKey", "private_pem", keys.PURPOSE),
            SealedColumn(
                "mfa.Authenticator", "data", second_factor.PURPOSE, members=("secret", "seed")
            ),
        )
