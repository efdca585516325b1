"""The products app."""

from django.apps import AppConfig

__all__ = ["ProductsConfig"]


class ProductsConfig(AppConfig):
    """What a shop sells: categories, products, their images and their stock."""

    name = "nexus.apps.products"
    label = "products"

    def ready(self) -> None:
        """Register the personal data that this app stores."""
        from nexus.apps.products import privacy
        from nexus.apps.users.privacy_registry import PersonalData, register

        register("products", PersonalData(export=privacy.export, forget=privacy.forget))
