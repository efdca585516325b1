"""The lab of this page: a list of products, each with its category and its images."""

from typing import Any

from nexus.apps.products.models import Product
from nexus.apps.products.samples import Shop
from nexus.engines.experiment import AtLeast, Comparison, Counted, Needs

lab = Comparison(
    title="Listing products with their category and images",
    data=Shop(products=2_000),
    needs=Needs(disk_mb=100, memory_mb=300, time_s=30),
    cases={"page_size": (10, 50, 200)},
)


def card(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "category": product.category.name,
        "images": [image.url for image in sorted(product.images.all(), key=lambda i: i.position)],
    }


@lab.variant(baseline=True)
# anchor: lazy
def lazy(page_size: int) -> list[dict[str, Any]]:
    products = Product.objects.all()
    return [card(product) for product in products.order_by("id")[:page_size]]


# end: lazy


@lab.variant
# anchor: eager
def eager(page_size: int) -> list[dict[str, Any]]:
    products = Product.objects.select_related("category").prefetch_related("images")
    return [card(product) for product in products.order_by("id")[:page_size]]


# end: eager


def one_query_and_two_a_row(page_size: int) -> int:
    return 1 + 2 * page_size


lab.expect(
    Counted("n-plus-one.lazy-queries", "lazy", "queries", one_query_and_two_a_row),
    Counted("n-plus-one.constant-queries", "eager", "queries", 2),
    AtLeast("n-plus-one.faster", "eager", ratio=2, measure="time"),
)
