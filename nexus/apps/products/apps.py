"""The products app."""

from django.apps import AppConfig

__all__ = ["ProductsConfig"]


class ProductsConfig(AppConfig):
    """What a shop sells: categories, products, their images and their stock."""

    name = "nexus.apps.products"
    label = "products"
