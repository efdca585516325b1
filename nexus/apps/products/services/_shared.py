"""What all writes to the shop share."""

from typing import TYPE_CHECKING

from nexus.apps.products.errors import (
    ProductNotAllowedError,
    ProductNotFoundError,
)
from nexus.apps.products.models import Product
from nexus.apps.products.permissions import may_manage
from nexus.core.database.locks import get_for_update

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = ["CATEGORIES", "PRODUCTS", "product_for_update"]

PRODUCTS, CATEGORIES = "products", "categories"
"""Cache namespaces of responses about products and categories. A product includes its category's
name, so a change of a category invalidates both."""


def product_for_update(product_id: int, by: "Actor") -> Product:
    """Return a product that `by` may change, with its row locked until the transaction ends."""
    rows = Product.objects.defer("vector").select_related("category")
    product = get_for_update(rows, ProductNotFoundError, no_key=False, pk=product_id)
    if not may_manage(by, product):
        raise ProductNotAllowedError if product.is_published else ProductNotFoundError
    return product
