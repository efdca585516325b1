"""Writes to products, their images, their stock, and the categories."""

from nexus.apps.products.services._shared import CATEGORIES, PRODUCTS
from nexus.apps.products.services.categories import (
    create_category,
    delete_category,
    move_category,
    update_category,
)
from nexus.apps.products.services.products import (
    Changes,
    add_image,
    create_product,
    remove_image,
    set_price,
    unpublish_product,
    update_product,
)
from nexus.apps.products.services.stock import TakenStock, adjust_stock, return_stock, take_stock

__all__ = [
    "CATEGORIES",
    "PRODUCTS",
    "Changes",
    "TakenStock",
    "add_image",
    "adjust_stock",
    "create_category",
    "create_product",
    "delete_category",
    "move_category",
    "remove_image",
    "return_stock",
    "set_price",
    "take_stock",
    "unpublish_product",
    "update_category",
    "update_product",
]
