"""Writes to stock: every change is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Least

from nexus.apps.products import queries
from nexus.apps.products.errors import OutOfStockError
from nexus.apps.products.models import Product, StockChange
from nexus.apps.products.services._shared import PRODUCTS, product_for_update
from nexus.core.audit.services import record
from nexus.core.cache.responses import invalidate

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = ["TakenStock", "adjust_stock", "return_stock", "take_stock"]

MAX_STOCK = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TakenStock:
    """Pieces of a product that were taken for a sale, and the product at that time."""

    product_id: int
    quantity: int
    sku: str
    name: str
    price: Decimal
    currency: str
    owner_id: int | None


@transaction.atomic
def adjust_stock(*, product_id: int, quantity: int, by: "Actor") -> Product:
    """Add pieces to the stock of a product, or with a negative quantity remove some.

    The update itself contains the condition, so that concurrent calls cannot take more than there
    is. Raises `ProductNotFoundError`, `ProductNotAllowedError`, `OutOfStockError`.
    """
    invalidate(PRODUCTS)
    product = product_for_update(product_id, by)
    enough = Product.objects.filter(
        pk=product.pk, stock__gte=-quantity, stock__lte=MAX_STOCK - max(quantity, 0)
    )
    if not enough.update(stock=F("stock") + quantity, version=F("version") + 1):
        raise OutOfStockError
    StockChange.objects.create(product=product, quantity=quantity, changed_by_id=by.pk)
    record("product.stock_adjusted", by=by, of=product, quantity=quantity)
    return queries.get_product(product_id, by=by)


# anchor: take_stock
@transaction.atomic
def take_stock(*, wanted: Mapping[int, int], reference: str, by: "Actor") -> list[TakenStock]:
    """Take pieces of published products for a sale, all or none; `wanted` is pieces by product.

    One update per product contains the condition. Updates are in the order of ids, so that no two
    sales deadlock. The products are read after their updates, whose row locks keep them unchanged
    until the sale is committed. Raises `OutOfStockError`.
    """
    for product_id, quantity in sorted(wanted.items()):
        enough = Product.objects.filter(pk=product_id, is_published=True, stock__gte=quantity)
        if not enough.update(stock=F("stock") - quantity, version=F("version") + 1):
            raise OutOfStockError(
                f"Product {product_id} does not have {quantity} pieces: take fewer, or remove it."
            )
    StockChange.objects.bulk_create(
        StockChange(
            product_id=product_id, quantity=-quantity, reference=reference, changed_by_id=by.pk
        )
        for product_id, quantity in sorted(wanted.items())
    )
    sold = Product.objects.filter(pk__in=wanted).order_by("pk")
    members = ("pk", "sku", "name", "price", "currency", "owner_id")
    return [TakenStock(row[0], wanted[row[0]], *row[1:]) for row in sold.values_list(*members)]


# end: take_stock


@transaction.atomic
def return_stock(*, reference: str, by: "Actor | None") -> int:
    """Return the pieces taken under `reference` to stock. Returns their number.

    A second call finds nothing taken. The caller must hold a lock on what `reference` refers to.
    """
    changes = StockChange.objects.filter(reference=reference).values_list("product_id")
    taken = changes.annotate(taken=-Sum("quantity")).filter(taken__gt=0).order_by("product_id")
    returned = dict(taken)
    for product_id, quantity in returned.items():
        # The merchant may have filled the stock up to the limit in the meantime.
        room = Least(F("stock"), MAX_STOCK - quantity)
        Product.objects.filter(pk=product_id).update(
            stock=room + quantity, version=F("version") + 1
        )
    StockChange.objects.bulk_create(
        StockChange(
            product_id=product_id,
            quantity=quantity,
            reference=reference,
            changed_by_id=by.pk if by else None,
        )
        for product_id, quantity in returned.items()
    )
    return sum(returned.values())
