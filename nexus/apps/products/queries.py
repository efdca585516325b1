"""Reads of products and categories."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Func, Prefetch, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Concat

from nexus.apps.products.errors import CategoryNotFoundError, ProductNotFoundError
from nexus.apps.products.models import Category, Image, Product, StockChange
from nexus.apps.products.permissions import may_manage

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor

__all__ = [
    "ORDERS",
    "PARENT",
    "find_products",
    "get_category",
    "get_product",
    "get_stock_taken",
    "ids_below",
    "kinds_of_attributes",
    "list_categories",
    "list_own_products",
    "list_products",
    "public_product",
    "with_relations",
]

ORDERS: Mapping[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "price": ("price", "id"),
    "-price": ("-price", "-id"),
    "name": ("name", "id"),
}
"""The sort orders of the list of products; each is total, and each has an index."""

PARENT = Func(
    F("parent_path"),
    function="substring",
    template="%(function)s(%(expressions)s FROM '[^/]*$')",
    output_field=TextField(),
)
"""`Category.parent` in SQL."""


def list_categories() -> QuerySet[Category]:
    """Return the categories in the order of their paths, each after its parent."""
    return Category.objects.order_by("path")


def get_category(slug: str) -> Category:
    """Return one category. Raises `CategoryNotFoundError`."""
    category = Category.objects.filter(slug=slug).first()
    if category is None:
        raise CategoryNotFoundError
    return category


def kinds_of_attributes(category: Category) -> dict[str, str]:
    """Return the attributes that products of a category may have, including inherited ones."""
    steps = category.path.split("/")
    above = ["/".join(steps[: number + 1]) for number in range(len(steps))]
    kinds: dict[str, str] = {}
    for row in Category.objects.filter(path__in=above).order_by("path"):
        kinds.update(row.attribute_kinds)
    return kinds


def find_products(  # noqa: PLR0913 -- one argument for each documented filter
    *,
    category: str | tuple[int, ...] = "",
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
    in_stock: bool | None = None,
    attributes: Mapping[str, Any] | None = None,
    q: str = "",
) -> QuerySet[Product]:
    """Return the published products that match every filter.

    A category includes all categories below it; instead of its slug, the result of `ids_below` may
    be given. Every other text, price and object may be an expression. Raises
    `CategoryNotFoundError`.
    """
    rows = Product.objects.filter(is_published=True)
    if category:
        ids = ids_below(category) if isinstance(category, str) else category
        rows = rows.filter(category__in=ids)
    if min_price is not None:
        rows = rows.filter(price__gte=min_price)
    if max_price is not None:
        rows = rows.filter(price__lte=max_price)
    if in_stock is not None:
        rows = rows.filter(stock__gt=0) if in_stock else rows.filter(stock=0)
    if attributes:
        rows = rows.filter(attributes__contains=attributes)
    if q:
        rows = rows.filter(vector=SearchQuery(q, config="english", search_type="websearch"))
    return rows.defer("vector")


def list_products(**filters: Any) -> QuerySet[Product]:
    """Return the result of `find_products`, with categories and images."""
    return with_relations(find_products(**filters))


def list_own_products(by: "Actor") -> QuerySet[Product]:
    """Return the products of a merchant, including unpublished ones."""
    # Products without an owner belong to the shop, not to anonymous users.
    own = Product.objects.filter(owner_id=by.pk) if by.is_authenticated else Product.objects.none()
    return own.defer("vector")


def with_relations(rows: QuerySet[Product]) -> QuerySet[Product]:
    """Fetch the categories of products with them, and their images in one additional query."""
    images = Prefetch("images", Image.objects.order_by("position"))
    return rows.select_related("category").prefetch_related(images)


def public_product(*, product_id: int) -> QuerySet[Product]:
    """Return the product with this id, if it is published, with its category and images."""
    return with_relations(Product.objects.filter(pk=product_id, is_published=True))


def get_product(product_id: int, *, by: "Actor | None" = None) -> Product:
    """Return one product with its category and images.

    Raises `ProductNotFoundError`, also if it is not published and `by` does not manage it.
    """
    rows = Product.objects.filter(pk=product_id).defer("vector")
    product = with_relations(rows).first()
    if product is None or not (product.is_published or may_manage(by, product)):
        raise ProductNotFoundError
    return product


def get_stock_taken(references: Iterable[str]) -> dict[tuple[str, int], int]:
    """Return how many pieces are taken under each reference, by reference and product id."""
    rows = StockChange.objects.filter(reference__in=list(references)).exclude(reference="")
    sums = rows.values_list("reference", "product_id").annotate(taken=-Sum("quantity"))
    return {(reference, product): taken for reference, product, taken in sums if taken}


def ids_below(slug: str) -> tuple[int, ...]:
    """Return the ids of a category and of all below it. Raises `CategoryNotFoundError`."""
    # As values and not as a subquery: PostgreSQL then knows how many products each category has,
    # and so whether to walk the list's index or to sort the products of the category.
    top = Subquery(Category.objects.filter(slug=slug).values("path"))
    below = Q(path=F("top")) | Q(path__startswith=Concat(F("top"), Value("/")))
    rows = Category.objects.alias(top=top).filter(below).order_by("path")
    ids = tuple(rows.values_list("pk", flat=True))
    if not ids:
        raise CategoryNotFoundError
    return ids
