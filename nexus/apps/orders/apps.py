"""The orders app."""

from django.apps import AppConfig

__all__ = ["OrdersConfig"]


class OrdersConfig(AppConfig):
    """Carts, orders, payments, and what follows from them."""

    name = "nexus.apps.orders"
    label = "orders"

    def ready(self) -> None:
        """Let those hear who act on what happens to an order, and say what is kept of people."""
        from nexus.apps.orders import mail, personal, services  # noqa: F401
        from nexus.apps.users.keepers import Keeper, register

        register("orders", Keeper(export=personal.export, forget=personal.forget))
