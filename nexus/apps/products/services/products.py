"""Writes to products, their prices and their images.

Price and stock have functions of their own, so that no general update changes them by accident.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import F, Max

from nexus.apps.products import queries
from nexus.apps.products.attributes import check_attributes
from nexus.apps.products.errors import (
    CategoryNotFoundError,
    ImageNotFoundError,
    ImagesFullError,
    ProductChangedError,
    ProductNotAllowedError,
    SkuTakenError,
)
from nexus.apps.products.models import Image, Product, StockChange
from nexus.apps.products.permissions import may_sell
from nexus.apps.products.services._shared import PRODUCTS, product_for_update
from nexus.core.audit.services import record
from nexus.core.cache.responses import invalidate
from nexus.core.database.constraints import constraint_errors

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = [
    "Changes",
    "add_image",
    "create_product",
    "remove_image",
    "set_price",
    "unpublish_product",
    "update_product",
]

MAX_IMAGES = 20


class Changes(TypedDict, total=False):
    """The values that an update may change; an absent key leaves the value unchanged."""

    sku: str
    name: str
    description: str
    category: str
    attributes: dict[str, Any]
    is_published: bool


@transaction.atomic
def create_product(  # noqa: PLR0913 -- one argument for each field of a product
    *,
    sku: str,
    name: str,
    category: str,
    price: Decimal,
    by: "Actor",
    currency: str = "EUR",
    description: str = "",
    attributes: Mapping[str, Any] | None = None,
    stock: int = 0,
    is_published: bool = False,
) -> Product:
    """Create a product, a draft unless `is_published`, and record its initial stock.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `AttributesError`, `SkuTakenError`.
    """
    invalidate(PRODUCTS)
    if not by.is_authenticated or not may_sell(by):
        raise ProductNotAllowedError("Only merchants and administrators can create products.")
    category_row = queries.get_category(category)
    check_attributes(attributes or {}, queries.kinds_of_attributes(category_row))
    with constraint_errors(SkuTakenError, CategoryNotFoundError, deferred=True):
        product = Product.objects.create(
            sku=sku,
            name=name,
            description=description,
            category=category_row,
            price=price,
            currency=currency,
            stock=stock,
            owner=by,
            attributes=dict(attributes or {}),
            is_published=is_published,
        )
    if stock:
        StockChange.objects.create(product=product, quantity=stock, changed_by_id=by.pk)
    record("product.offered", by=by, of=product, price=f"{price:.2f} {currency}", stock=stock)
    return queries.get_product(product.pk, by=by)


@transaction.atomic
def update_product(
    *, product_id: int, by: "Actor", version: int | None = None, **changes: Unpack[Changes]
) -> Product:
    """Update a product, if its version is still the one that was read.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`, `ProductChangedError`,
    `CategoryNotFoundError`, `AttributesError`, `SkuTakenError`.
    """
    invalidate(PRODUCTS)
    product = product_for_update(product_id, by)
    if version is not None and product.version != version:
        raise ProductChangedError
    new: dict[str, Any] = dict(changes)
    if "category" in changes:
        new["category"] = queries.get_category(changes["category"])
    if {"category", "attributes"} & set(new):
        # The attributes that a product already has must match a new category too.
        kinds = queries.kinds_of_attributes(new.get("category", product.category))
        check_attributes(new.get("attributes", product.attributes), kinds)
    with constraint_errors(SkuTakenError, CategoryNotFoundError, deferred=True):
        Product.objects.filter(pk=product_id).update(**new, version=F("version") + 1)
    published = {"is_published": new["is_published"]} if "is_published" in new else {}
    record("product.changed", by=by, of=product, members=sorted(new), **published)
    return queries.get_product(product_id, by=by)


@transaction.atomic
def set_price(*, product_id: int, price: Decimal, currency: str, by: "Actor") -> Product:
    """Set the price of a product. Raises `ProductNotFoundError`, `ProductNotAllowedError`."""
    invalidate(PRODUCTS)
    product = product_for_update(product_id, by)
    Product.objects.filter(pk=product.pk).update(
        price=price, currency=currency, version=F("version") + 1
    )
    before, after = f"{product.price:.2f} {product.currency}", f"{price:.2f} {currency}"
    record("product.price_set", by=by, of=product, before=before, after=after)
    return queries.get_product(product_id, by=by)


@transaction.atomic
def unpublish_product(*, product_id: int, by: "Actor") -> None:
    """Unpublish a product; its row stays, since orders refer to it.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`.
    """
    invalidate(PRODUCTS)
    product = product_for_update(product_id, by)
    Product.objects.filter(pk=product.pk).update(is_published=False, version=F("version") + 1)
    record("product.unpublished", by=by, of=product)


@transaction.atomic
def add_image(*, product_id: int, url: str, by: "Actor", alt: str = "") -> Image:
    """Add an image after the existing images of a product.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`, `ImagesFullError`.
    """
    invalidate(PRODUCTS)
    # The product's row is locked, so that two concurrent calls get two positions.
    product = product_for_update(product_id, by)
    if product.images.count() >= MAX_IMAGES:
        raise ImagesFullError
    last = product.images.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    Product.objects.filter(pk=product.pk).update(version=F("version") + 1)
    image = Image.objects.create(product=product, url=url, alt=alt, position=position)
    record("product.image_added", by=by, of=product, image=image.pk)
    return image


@transaction.atomic
def remove_image(*, product_id: int, image_id: int, by: "Actor") -> None:
    """Remove an image; the others keep their order.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`, `ImageNotFoundError`.
    """
    invalidate(PRODUCTS)
    product = product_for_update(product_id, by)
    if not product.images.filter(pk=image_id).delete()[0]:
        raise ImageNotFoundError
    Product.objects.filter(pk=product.pk).update(version=F("version") + 1)
    record("product.image_removed", by=by, of=product, image=image_id)
