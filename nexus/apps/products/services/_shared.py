"""What every write to the shop begins and ends with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction

from nexus.apps.products.errors import (
    CategoryNotFoundError,
    CategoryTakenError,
    ProductNotAllowedError,
    ProductNotFoundError,
    SkuTakenError,
)
from nexus.apps.products.models import Product
from nexus.apps.products.permissions import may_manage

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = ["CATEGORIES", "PRODUCTS", "product_for_update", "translated_errors"]

PRODUCTS, CATEGORIES = "products", "categories"
"""Where answers about products and about categories are kept; a product's name its category."""


def product_for_update(product_id: int, by: "Actor") -> Product:
    """Give a product that `by` may change, its row locked until the transaction ends."""
    rows = Product.objects.select_for_update(of=("self",)).defer("vector")
    product = rows.select_related("category").filter(pk=product_id).first()
    if product is None:
        raise ProductNotFoundError
    if not may_manage(by, product):
        raise ProductNotAllowedError if product.is_published else ProductNotFoundError
    return product


@contextmanager
def translated_errors(taken: type[SkuTakenError | CategoryTakenError]) -> Iterator[None]:
    """Word what the database refuses of a row: a name that is taken, a category that has gone."""
    try:
        with transaction.atomic():
            yield
            # A category may go at this moment; now, and not when all is committed, is asked.
            connection.check_constraints()
    except IntegrityError as error:
        if "unique" in str(error):
            raise taken from error
        if "foreign key" in str(error) and "products_category" in str(error):
            raise CategoryNotFoundError from error
        raise
