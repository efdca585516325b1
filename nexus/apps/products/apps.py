"""The products app."""

from django.apps import AppConfig

__all__ = ["ProductsConfig"]


class ProductsConfig(AppConfig):
    """What a shop sells: categories, products, their images and their stock."""

    name = "nexus.apps.products"
    label = "products"

    def ready(self) -> None:
        """Say what is kept of people."""
        from nexus.apps.products import personal
        from nexus.apps.users.keepers import Keeper, register

        register("products", Keeper(export=personal.export, forget=personal.forget))
