"""The orders app."""

from django.apps import AppConfig

__all__ = ["OrdersConfig"]


class OrdersConfig(AppConfig):
    """Carts, orders, payments, and what follows from them."""

    name = "nexus.apps.orders"
    label = "orders"

    def ready(self) -> None:
        """Let those hear who act on what happens to an order."""
        from nexus.apps.orders import mail, services  # noqa: F401
