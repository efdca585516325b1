"""The orders app."""

from django.apps import AppConfig

__all__ = ["OrdersConfig"]


class OrdersConfig(AppConfig):
    """Carts, orders, payments, and what follows from them."""

    name = "nexus.apps.orders"
    label = "orders"

    def ready(self) -> None:
        """Let those hear who act on what happens to an order.

        Say also what is kept of people, and where secrets are.
        """
        from nexus.apps.orders import mail, personal, services  # noqa: F401
        from nexus.apps.orders.services import secrets
        from nexus.apps.users.keepers import Keeper, register
        from nexus.core.security import encryption

        register("orders", Keeper(export=personal.export, forget=personal.forget))
        encryption.register(
            encryption.SealedColumn("orders.ProviderSecret", "sealed", secrets.CALLBACKS),
            encryption.SealedColumn("orders.WebhookSecret", "sealed", secrets.WEBHOOKS),
        )
