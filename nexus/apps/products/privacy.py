"""The personal data that the shop stores about a merchant."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, ProtectedError

from nexus.apps.products.models import Product, StockChange
from nexus.apps.products.services import PRODUCTS
from nexus.core.cache.responses import invalidate

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["export", "forget"]


def export(user: "User") -> dict[str, Iterable[Any]]:
    """Return the products of a person, and every change of stock they made."""
    products = Product.objects.filter(owner=user).order_by("pk")
    changes = StockChange.objects.filter(changed_by=user).order_by("pk")
    others = [name for name in Product.MERCHANT_FIELDS if name != "category"]
    return {
        "products": list(products.values(*others, "category__slug", "created_at")),
        "stock_changes": list(
            changes.values("product__sku", "quantity", "reference", "changed_at")
        ),
    }


def forget(user: "User") -> None:
    """Delete the products of a person; those that were sold are only unpublished."""
    invalidate(PRODUCTS)
    own = Product.objects.filter(owner=user)
    try:
        with transaction.atomic():
            own.delete()
    except ProtectedError as error:
        rows: Iterable[Any] = error.protected_objects
        sold = {row.product_id for row in rows}
        own.exclude(pk__in=sold).delete()
        own.update(is_published=False, version=F("version") + 1)
    StockChange.objects.filter(changed_by=user).update(changed_by=None)
