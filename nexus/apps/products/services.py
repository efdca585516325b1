"""Writes to products, their images, their stock, and the categories.

A price and a stock each have a function of their own, so that no general update changes either by
accident and every piece that comes or goes is booked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Sum
from django.db.models.functions import Least

from nexus.apps.products import queries
from nexus.apps.products.attributes import check_attributes
from nexus.apps.products.errors import (
    CategoryMoveError,
    CategoryTakenError,
    ImageNotFoundError,
    ImagesFullError,
    OutOfStockError,
    ProductChangedError,
    ProductNotAllowedError,
    ProductNotFoundError,
    SkuTakenError,
)
from nexus.apps.products.models import LONGEST_PATH, Category, Image, Product, StockChange
from nexus.apps.products.permissions import may_manage, may_manage_any, may_sell
from nexus.core.audit.services import record
from nexus.core.kept import bump

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.users.models import User

    By = User | AnonymousUser

__all__ = [
    "CATALOGUE",
    "SHELVES",
    "Changes",
    "Taken",
    "add_image",
    "adjust_stock",
    "create_category",
    "create_product",
    "move_category",
    "refusing_doubles",
    "remove_image",
    "return_stock",
    "set_price",
    "take_stock",
    "unpublish_product",
    "update_product",
]

CATALOGUE, SHELVES = "products", "categories"
"""Where answers about products and about categories are kept; a product's name its category."""

MOST_IMAGES = 20
LARGEST_STOCK = 2**31 - 1


class Changes(TypedDict, total=False):
    """What an update may change; a member that is absent stays as it is."""

    sku: str
    name: str
    description: str
    category: str
    attributes: dict[str, Any]
    is_published: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """Pieces of a product that were taken for a sale, and the product as it was then."""

    product_id: int
    quantity: int
    sku: str
    name: str
    price: Decimal
    currency: str
    owner_id: int | None


@transaction.atomic
def create_product(  # noqa: PLR0913 -- one argument for each member of a product
    *,
    sku: str,
    name: str,
    category: str,
    price: Decimal,
    by: "By",
    currency: str = "EUR",
    description: str = "",
    attributes: Mapping[str, Any] | None = None,
    stock: int = 0,
    is_published: bool = False,
) -> Product:
    """Offer a product, a draft unless `is_published`; its first pieces are booked.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `AttributesError`, `SkuTakenError`.
    """
    bump(CATALOGUE)
    if not by.is_authenticated or not may_sell(by):
        raise ProductNotAllowedError("Only merchants and admins offer products.")
    shelf = queries.get_category(category)
    check_attributes(attributes or {}, queries.kinds_of_attributes(shelf))
    with refusing_doubles(SkuTakenError):
        made = Product.objects.create(
            sku=sku,
            name=name,
            description=description,
            category=shelf,
            price=price,
            currency=currency,
            stock=stock,
            owner=by,
            attributes=dict(attributes or {}),
            is_published=is_published,
        )
    if stock:
        StockChange.objects.create(product=made, quantity=stock, changed_by_id=by.pk)
    record("product.offered", by=by, of=made, price=f"{price:.2f} {currency}", stock=stock)
    return queries.get_product(made.pk, by=by)


@transaction.atomic
def update_product(
    *, product_id: int, by: "By", version: int | None = None, **changes: Unpack[Changes]
) -> Product:
    """Change what a product says of itself, if its version is still the one that was read.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`, `ProductChangedError`,
    `CategoryNotFoundError`, `AttributesError`, `SkuTakenError`.
    """
    bump(CATALOGUE)
    product = _managed(product_id, by)
    if version is not None and product.version != version:
        raise ProductChangedError
    new: dict[str, Any] = dict(changes)
    if "category" in changes:
        new["category"] = queries.get_category(changes["category"])
    if {"category", "attributes"} & set(new):
        # What the product keeps must fit a new category too.
        kinds = queries.kinds_of_attributes(new.get("category", product.category))
        check_attributes(new.get("attributes", product.attributes), kinds)
    with refusing_doubles(SkuTakenError):
        Product.objects.filter(pk=product_id).update(**new, version=F("version") + 1)
    published = {"is_published": new["is_published"]} if "is_published" in new else {}
    record("product.changed", by=by, of=product, members=sorted(new), **published)
    return queries.get_product(product_id, by=by)


@transaction.atomic
def set_price(*, product_id: int, price: Decimal, currency: str, by: "By") -> Product:
    """Set what a product costs. Raises `ProductNotFoundError`, `ProductNotAllowedError`."""
    bump(CATALOGUE)
    product = _managed(product_id, by)
    Product.objects.filter(pk=product.pk).update(
        price=price, currency=currency, version=F("version") + 1
    )
    before, after = f"{product.price:.2f} {product.currency}", f"{price:.2f} {currency}"
    record("product.price_set", by=by, of=product, before=before, after=after)
    return queries.get_product(product_id, by=by)


@transaction.atomic
def adjust_stock(*, product_id: int, quantity: int, by: "By") -> Product:
    """Book pieces that came in, or with a negative quantity pieces that went out.

    The update itself holds the condition, so that of many at one moment none takes what is not
    there. Raises `ProductNotFoundError`, `ProductNotAllowedError`, `OutOfStockError`.
    """
    bump(CATALOGUE)
    product = _managed(product_id, by)
    enough = Product.objects.filter(
        pk=product.pk, stock__gte=-quantity, stock__lte=LARGEST_STOCK - max(quantity, 0)
    )
    if not enough.update(stock=F("stock") + quantity, version=F("version") + 1):
        raise OutOfStockError
    StockChange.objects.create(product=product, quantity=quantity, changed_by_id=by.pk)
    record("product.stock_adjusted", by=by, of=product, quantity=quantity)
    return queries.get_product(product_id, by=by)


# anchor: take_stock
@transaction.atomic
def take_stock(*, wanted: Mapping[int, int], reference: str, by: "By") -> list[Taken]:
    """Take pieces of published products for a sale, all or none; `wanted` is pieces by product.

    One update a product holds the condition. They are taken in the order of their ids, so that no
    two sales wait for each other; what is told of a product is read behind its update, whose lock
    keeps it so until the sale is committed. Raises `OutOfStockError`.
    """
    for product_id, quantity in sorted(wanted.items()):
        enough = Product.objects.filter(pk=product_id, is_published=True, stock__gte=quantity)
        if not enough.update(stock=F("stock") - quantity, version=F("version") + 1):
            raise OutOfStockError(
                f"There are no {quantity} pieces of product {product_id}: take fewer, or leave it."
            )
    StockChange.objects.bulk_create(
        StockChange(
            product_id=product_id, quantity=-quantity, reference=reference, changed_by_id=by.pk
        )
        for product_id, quantity in sorted(wanted.items())
    )
    sold = Product.objects.filter(pk__in=wanted).order_by("pk")
    members = ("pk", "sku", "name", "price", "currency", "owner_id")
    return [Taken(row[0], wanted[row[0]], *row[1:]) for row in sold.values_list(*members)]


# end: take_stock


@transaction.atomic
def return_stock(*, reference: str, by: "By | None") -> int:
    """Give back what is still taken under `reference`, and book it; gives the number of pieces.

    A second return finds nothing taken. The caller holds whatever `reference` stands for locked.
    """
    booked = StockChange.objects.filter(reference=reference).values_list("product_id")
    still = booked.annotate(taken=-Sum("quantity")).filter(taken__gt=0).order_by("product_id")
    returned = dict(still)
    for product_id, quantity in returned.items():
        # A merchant may have filled the shelf to the brim meanwhile.
        room = Least(F("stock"), LARGEST_STOCK - quantity)
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


@transaction.atomic
def unpublish_product(*, product_id: int, by: "By") -> None:
    """Take a product out of the shop; its row stays, since what was sold refers to it.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`.
    """
    bump(CATALOGUE)
    product = _managed(product_id, by)
    Product.objects.filter(pk=product.pk).update(is_published=False, version=F("version") + 1)
    record("product.unpublished", by=by, of=product)


@transaction.atomic
def add_image(*, product_id: int, url: str, by: "By", alt: str = "") -> Image:
    """Put a picture behind those that a product has.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`, `ImagesFullError`.
    """
    bump(CATALOGUE)
    # The product's row is locked, so that two at one moment get two positions.
    product = _managed(product_id, by)
    if product.images.count() >= MOST_IMAGES:
        raise ImagesFullError
    last = product.images.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    Product.objects.filter(pk=product.pk).update(version=F("version") + 1)
    return Image.objects.create(product=product, url=url, alt=alt, position=position)


@transaction.atomic
def remove_image(*, product_id: int, image_id: int, by: "By") -> None:
    """Remove a picture; the others keep their order.

    Raises `ProductNotFoundError`, `ProductNotAllowedError`, `ImageNotFoundError`.
    """
    bump(CATALOGUE)
    product = _managed(product_id, by)
    if not product.images.filter(pk=image_id).delete()[0]:
        raise ImageNotFoundError
    Product.objects.filter(pk=product.pk).update(version=F("version") + 1)


@transaction.atomic
def create_category(
    *,
    slug: str,
    name: str,
    by: "By",
    parent: str = "",
    attribute_kinds: Mapping[str, str] | None = None,
) -> Category:
    """Make a category, below `parent` if one is named.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `CategoryTakenError`, and
    `CategoryMoveError` where the tree would be too deep.
    """
    bump(CATALOGUE, SHELVES)
    _need_any(by)
    parent_path = queries.get_category(parent).path if parent else None
    if len(f"{parent_path}/{slug}") > LONGEST_PATH:
        raise CategoryMoveError
    with refusing_doubles(CategoryTakenError):
        made = Category.objects.create(
            slug=slug,
            name=name,
            parent_path=parent_path,
            attribute_kinds=dict(attribute_kinds or {}),
        )
    record("category.created", by=by, of=made)
    return made


@transaction.atomic
def move_category(*, slug: str, parent: str, by: "By") -> Category:
    """Put a category with all below it under another one, or with an empty `parent` at the root.

    Raises `ProductNotAllowedError`, `CategoryNotFoundError`, `CategoryMoveError`.
    """
    bump(CATALOGUE, SHELVES)
    _need_any(by)
    # One move at a time: two that cross could each look right alone.
    tree = {row.slug: row for row in Category.objects.select_for_update().order_by("path")}
    moved = tree.get(slug) or queries.get_category(slug)
    target = (tree.get(parent) or queries.get_category(parent)).path if parent else None
    old, new = moved.path, f"{target}/{slug}" if target else slug
    if target is not None and f"{target}/".startswith(f"{old}/"):
        raise CategoryMoveError
    below = [row for row in tree.values() if row.path.startswith(f"{old}/")]
    if any(len(new + row.path.removeprefix(old)) > LONGEST_PATH for row in (moved, *below)):
        raise CategoryMoveError
    for row in below:
        row.parent_path = new + str(row.parent_path).removeprefix(old)
    moved.parent_path = target
    Category.objects.bulk_update([moved, *below], ["parent_path"])
    record("category.moved", by=by, of=moved, before=old, after=new)
    return queries.get_category(slug)


def _need_any(by: "By") -> None:
    if not may_manage_any(by):
        raise ProductNotAllowedError("Only admins arrange the categories.")


def _managed(product_id: int, by: "By") -> Product:
    """Give a product that `by` may change, its row locked until the transaction ends."""
    rows = Product.objects.select_for_update(of=("self",)).defer("vector")
    product = rows.select_related("category").filter(pk=product_id).first()
    if product is None:
        raise ProductNotFoundError
    if not may_manage(by, product):
        raise ProductNotAllowedError if product.is_published else ProductNotFoundError
    return product


@contextmanager
def refusing_doubles(taken: type[SkuTakenError | CategoryTakenError]) -> Iterator[None]:
    """Word the database's refusal of a second row of the same name."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "unique" in str(error):
            raise taken from error
        raise
