"""The orders app."""

from django.apps import AppConfig

__all__ = ["OrdersConfig"]


class OrdersConfig(AppConfig):
    """Carts, orders, payments, refunds and webhooks."""

    name = "nexus.apps.orders"
    label = "orders"

    def ready(self) -> None:
        """Register message handlers, personal data and encrypted columns."""
        from nexus.apps.orders import mail, privacy, services  # noqa: F401 -- imported to register handlers
        from nexus.apps.orders.services import secrets
        from nexus.apps.users.privacy_registry import PersonalData, register
        from nexus.core.security import encryption

        register("orders", PersonalData(export=privacy.export, forget=privacy.forget))
        encryption.register(
            encryption.SealedColumn("orders.ProviderSecret", "sealed", secrets.CALLBACKS),
            encryption.SealedColumn("orders.WebhookSecret", "sealed", secrets.WEBHOOKS),
        )
