"""The lists of the shop read an index in order: no table scan, no sort."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from nexus.apps.products import queries
from nexus.apps.products.models import Category, Product
from nexus.apps.products.samples import Shop
from nexus.core.database.keyset import window

pytestmark = pytest.mark.servers

PRODUCTS = 20_000
INDEXES = {
    "newest": "products_product_newest",
    "price": "products_product_price",
    "-price": "products_product_price",
    "name": "products_product_name",
}
# Filters that many products match.
WIDE: dict[str, dict[str, Any]] = {
    "none": {},
    "category and those below": {"category": "home"},
    "price": {"min_price": Decimal(100), "max_price": Decimal(300)},
    "in stock": {"in_stock": True},
    "attribute": {"attributes": {"colour": "blue"}},
    "words": {"q": "lamp"},
}
# Filters that few products match: an index finds them, and so few may be sorted.
NARROW: dict[str, tuple[dict[str, Any], str]] = {
    "category": ({"category": "rare"}, "products_product_category"),
    "price": (
        {"min_price": Decimal("100.01"), "max_price": Decimal("100.02")},
        "products_product_price",
    ),
    "attribute": (
        {"attributes": {"colour": "blue", "weight_g": 1755}},
        "products_product_attributes",
    ),
    "words": ({"q": "lamp 19999"}, "products_product_vector"),
}


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:  # noqa: ARG001 -- it makes the database
    """One transaction for all, rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        Shop(products=PRODUCTS, images=0).fill()
        rare = Category.objects.create(slug="rare", name="Rare")
        first = Product.objects.order_by("id")[0].pk
        Product.objects.filter(pk__lt=first + 5).update(category=rare)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE products_product")
        yield
        transaction.set_rollback(True)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def plan(order: str, after: str = "", **filters: Any) -> list[dict[str, Any]]:
    """PostgreSQL's plan for one page of a list."""
    rows = queries.find_products(**filters).select_related("category")
    found: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django's
        if 'FROM "products_product"' in sql:
            found.append(sql)
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                found.append(cursor.fetchone()[0][0]["Plan"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        window(rows, order=queries.ORDERS[order], after=after, size=20)
    walked: Any = found[1]
    return [node for node in nodes(walked) if node.get("Relation Name") != "products_category"]


# The database is created for marked tests only, and those of the shop share one transaction.
@pytest.mark.django_db
def test_a_stranger_has_no_products_and_not_those_of_the_house() -> None:
    shelf = Category.objects.create(slug="home", name="Home")
    Product.objects.create(sku="A", name="A", category=shelf, price=1)

    assert not queries.list_own_products(AnonymousUser()).exists()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("order", INDEXES)
@pytest.mark.parametrize("filters", WIDE)
@pytest.mark.parametrize("deep", [False, True])
def test_a_list_reads_the_index_of_its_order(
    order: str,
    filters: str,
    deep: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    after = ""
    if deep:
        first = window(
            queries.find_products(), order=queries.ORDERS[order], after="", size=PRODUCTS // 100
        )
        after = str(first.next_cursor)
    steps = plan(order, after, **WIDE[filters])

    assert INDEXES[order] in {step.get("Index Name") for step in steps}
    assert not {"Sort", "Seq Scan"} & {step["Node Type"] for step in steps}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("filters", NARROW)
def test_a_selective_filter_uses_its_index(filters: str) -> None:
    chosen, index = NARROW[filters]
    assert index in {step.get("Index Name") for step in plan("newest", **chosen)}
