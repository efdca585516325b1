"""PostgreSQL writes the same bytes as the serializers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Func, Prefetch, TextField
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.response import Response

from nexus.api.products.rest.products import ProductSerializer
from nexus.api.rest.resource import Resource
from nexus.api.sql_json import NotCompilableError, SqlJson
from nexus.api.sql_json.compile import compile_parts
from nexus.api.sql_json.execute import compile_statement
from nexus.apps.products import queries
from nexus.apps.products.models import Category, Image, Product
from nexus.apps.stays.models import Listing
from nexus.core.database.prepared import Parameter
from tests.support.factories import offer, person, shelves, signed_in
from tests.support.nonempty import nonempty

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

API = "/api/v1/"

# Any text that PostgreSQL can store, with many characters that JSON escapes.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from("\"\\/\b\f\n\r\t\x01\x1f\x7f\u2028\u2029é%{}'"),
    max_size=30,
)
WORDS = TEXTS.filter(bool)
MONEY = st.decimals(0, Decimal("9999999999.99"), places=2)
FIRST, LAST = (datetime(year, 6, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1, 9999))
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC)) | (
    st.integers(0, 10**6).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
)
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([1.0, 1e16, 1e-7, 0.1, 1e22, -0.0, 123456789.123456789, 5e-324])
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, DOCUMENTS, max_size=4)
PRODUCTS = st.fixed_dictionaries(
    {
        "name": WORDS,
        "description": TEXTS,
        "price": MONEY,
        "currency": st.sampled_from(["EUR", "GHS"]),
        "stock": st.integers(0, 2**31 - 1),
        "attributes": OBJECTS,
        "version": st.integers(0, 2**31 - 1),
        "created_at": MOMENTS,
    }
)
IMAGES = st.lists(
    st.fixed_dictionaries({"url": WORDS, "alt": TEXTS, "position": st.integers(0, 32767)}),
    max_size=4,
    unique_by=lambda image: image["position"],
)
LISTINGS = st.fixed_dictionaries(
    {
        "title": WORDS,
        "description": TEXTS,
        "city": WORDS,
        "country": st.sampled_from(["PT", "GH"]),
        "latitude": st.decimals(-90, 90, places=5),
        "longitude": st.decimals(-180, 180, places=5),
        "capacity": st.integers(1, 50),
        "price_per_night": MONEY,
        "currency": st.just("EUR"),
        "cancellation_policy": st.sampled_from(["flexible", "moderate", "strict"]),
        "created_at": MOMENTS,
    }
)


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what an example has written."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answers(monkeypatch: pytest.MonkeyPatch, address: str) -> tuple[Any, Any]:
    """Return what PostgreSQL and what the serializer writes for a URL."""
    client = Client()
    compiled: Any = client.get(address)
    with monkeypatch.context() as patched:
        patched.setattr(Resource, "accepts_plain_json", False)
        ordinary: Any = client.get(address)
    assert writer(compiled) == "PostgreSQL"
    assert writer(ordinary) == "serializer"
    return compiled, ordinary


def writer(response: HttpResponseBase) -> str:
    return "serializer" if isinstance(response, Response) else "PostgreSQL"


def assert_alike(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    left, right = answers(monkeypatch, address)
    assert left.content == right.content, address
    for response in (left, right):
        response.headers.pop("RateLimit", None)
        assert response.headers.pop("X-Request-ID")
    assert dict(left.headers) == dict(right.headers)


def follow(monkeypatch: pytest.MonkeyPatch, address: str | None) -> int:
    """Compare every page from a URL on; return the number of pages."""
    pages = 0
    while address:
        assert_alike(monkeypatch, address)
        address = Client().get(address).json()["next"]
        pages += 1
    return pages


@given(
    rows=st.lists(st.tuples(PRODUCTS, IMAGES), max_size=4),
    shelf=st.tuples(WORDS, OBJECTS),
    owned=st.booleans(),
)
def test_products_are_written_as_their_serializers_would(
    rows: list[Any], shelf: tuple[str, Any], owned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with undone():
        category = Category.objects.create(slug="shelf", name=shelf[0])
        owner = person("owner") if owned else None
        for number, (product, images) in enumerate(rows):
            made = Product.objects.create(
                sku=f"S{number}", category=category, owner=owner, is_published=True, **product
            )
            for image in images:
                Image.objects.create(product=made, **image)
            assert_alike(monkeypatch, f"{API}products/{made.pk}/")
        for order in nonempty(queries.ORDERS):
            pages = follow(monkeypatch, f"{API}products/?limit=2&order={order}")
            assert pages == max(1, -(-len(rows) // 2))


@given(
    shelves=st.lists(
        st.tuples(WORDS, st.dictionaries(TEXTS, DOCUMENTS, max_size=3)), min_size=1, max_size=3
    )
)
def test_categories_are_written_as_their_serializer_would(
    shelves: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with undone():
        above: Category | None = None
        for number, (name, kinds) in enumerate(shelves):
            parent = above.path if above else None
            above = Category.objects.create(
                slug=f"c{number}", name=name, parent_path=parent, attribute_kinds=kinds
            )
        assert follow(monkeypatch, f"{API}categories/?limit=1") == len(shelves)


@given(rows=st.lists(LISTINGS, max_size=3))
def test_listings_are_written_as_their_serializers_would(
    rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with undone():
        made = [Listing.objects.create(is_published=True, **row) for row in rows]
        for listing in made:
            assert_alike(monkeypatch, f"{API}stays/{listing.pk}/")
        for order in ("newest", "price", "-price"):
            follow(monkeypatch, f"{API}stays/?limit=2&order={order}")


FILTERS = [
    "category=home",
    "category=kettles&min_price=10&max_price=25.5",
    "in_stock=true&order=price",
    "in_stock=false",
    'attributes={"colour":"re\\"d\'%25"}&order=-price',
    "q=kettle&order=name",
    "q='%25 -teapot",
    "min_price=19.90&limit=1",
]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_chooses_the_same_rows_on_both_paths(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves()
    for number in range(4):
        offer(
            number,
            price=Decimal(number * 10),
            stock=number % 2,
            attributes={"colour": "re\"d'%" if number % 2 else "blue"},
            category=Category.objects.get(slug=("home", "kettles")[number // 2]),
        )
    follow(monkeypatch, f"{API}products/?{query}")
    # The same shape with other values: they are bound for each request.
    follow(monkeypatch, f"{API}products/?{query.replace('1', '2')}")


def test_values_are_bound_for_each_request_and_the_statement_is_compiled_once(
    client: Client,
) -> None:
    shelves()
    for number in range(6):
        offer(number, price=Decimal(number))
    compile_statement.cache_clear()
    for least in range(6):
        page = client.get(f"{API}products/?min_price={least}&order=price").json()
        assert [row["price"] for row in page["results"]] == [f"{n}.00" for n in range(least, 6)]
    assert (compile_statement.cache_info().misses, compile_statement.cache_info().hits) == (1, 5)


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_a_page_of_any_size_is_one_query(client: Client, limit: int) -> None:
    shelves()
    for number in range(8):
        offer(number)
    for address in (f"{API}products/?limit={limit}", f"{API}categories/?limit={limit}"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) == 1


def test_a_draft_is_shown_to_its_owner_alone(client: Client) -> None:
    shelves()
    owner = person("owner", "merchant")
    draft = offer(1, owner=owner, is_published=False)

    assert client.get(f"{API}products/{draft.pk}/").status_code == 404
    shown = signed_in(owner).get(f"{API}products/{draft.pk}/")
    assert (shown.status_code, writer(shown)) == (200, "serializer")


def test_json_with_indents_is_written_by_the_serializer(client: Client) -> None:
    shelves()
    shown = client.get(f"{API}categories/", headers={"Accept": "application/json; indent=2"})

    assert writer(shown) == "serializer"
    assert shown.content.startswith(b"{\n  ")


def test_which_views_are_compiled(client: Client) -> None:
    shelves()
    product = offer(1)
    place = Listing.objects.create(
        title="Loft", city="Porto", country="PT", latitude=1, longitude=1, capacity=2,
        price_per_night=9, is_published=True,
    )  # fmt: skip
    soon = timezone.localdate() + timedelta(days=30)
    addresses = {
        "": "serializer",
        "problems/": "serializer",
        "pages/": "serializer",
        "claims/": "serializer",
        "labs/": "serializer",
        "runs/": "serializer",
        "search/?q=a": "serializer",
        "categories/": "PostgreSQL",
        "products/": "PostgreSQL",
        f"products/{product.pk}/": "PostgreSQL",
        "stays/": "PostgreSQL",
        "stays/?city=Porto": "PostgreSQL",
        f"stays/?arrival={soon}": "serializer",
        f"stays/{place.pk}/": "PostgreSQL",
        f"stays/{place.pk}/seasons/": "serializer",
        f"stays/{place.pk}/reviews/": "serializer",
        f"stays/{place.pk}/calendar/?month=2027-01": "serializer",
    }
    actual = {address: writer(client.get(API + address)) for address in addresses}

    assert actual == addresses


class Shouted(serializers.CharField):
    """A field with its own representation."""

    def to_representation(self, value: str) -> str:
        return value.upper()


def declared(**fields: Any) -> type[serializers.BaseSerializer[Any]]:
    """Return a serializer of products that shows `fields`."""
    meta = type("Meta", (), {"model": Product, "fields": list(fields)})
    return type("Declared", (serializers.ModelSerializer,), {"Meta": meta, **fields})


UNKNOWN: dict[str, Callable[[], Any]] = {
    "a method": lambda: {"loud": serializers.SerializerMethodField()},
    "a field of its own": lambda: {"name": Shouted()},
    "a property": lambda: {"vectors": serializers.CharField()},
    "a path": lambda: {"shelf": serializers.CharField(source="category.name")},
    "a number of another kind": lambda: {"price": serializers.IntegerField()},
    "other decimals": lambda: {"price": serializers.DecimalField(max_digits=12, decimal_places=3)},
    "a moment in a form of its own": lambda: {"created_at": serializers.DateTimeField(format="%Y")},
    "a row by its key": lambda: {"owner": serializers.PrimaryKeyRelatedField(read_only=True)},
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_unknown_field_is_not_compiled(what: str) -> None:
    serializer = declared(**UNKNOWN[what]())()

    with pytest.raises(NotCompilableError):
        list(compile_parts(serializer, queries.list_products()))


@pytest.mark.parametrize("what", UNKNOWN)
def test_view_that_cannot_be_compiled_stops_the_start(what: str) -> None:
    fields = UNKNOWN[what]()

    with pytest.raises(
        NotCompilableError, match=rf"Broken declares sql_json.*\.{next(iter(fields))}"
    ):
        type(
            "Broken",
            (Resource,),
            {
                "serializer_class": declared(**fields),
                "sql_json": SqlJson(queries.list_products),
                "order": ("id",),
            },
        )


def test_view_compiles_its_statements_when_its_class_is_created() -> None:
    compile_statement.cache_clear()
    members = {
        "serializer_class": ProductSerializer,
        "sql_json": SqlJson(queries.list_products),
        "orders": queries.ORDERS,
    }
    type("Compiled", (Resource,), members)

    assert compile_statement.cache_info().currsize == len(queries.ORDERS)


def test_filter_that_no_statement_may_keep_is_refused() -> None:
    with pytest.raises(NotCompilableError, match="arrival is a date"):
        SqlJson(queries.list_products).shape(
            ProductSerializer, {"arrival": timezone.localdate()}, size=20
        )


def test_view_without_declaration_has_no_public_response() -> None:
    with pytest.raises(TypeError, match="Resource declares no sql_json"):
        Resource().public_list_response()


def test_relation_without_order_is_not_compiled() -> None:
    with pytest.raises(NotCompilableError, match="images"):
        list(compile_parts(ProductSerializer(), Product.objects.all()))
    ordered = Product.objects.prefetch_related(Prefetch("images", Image.objects.order_by("id")))

    assert list(compile_parts(ProductSerializer(), ordered))


def test_a_parameter_may_replace_any_expression() -> None:
    loud = Func(Parameter("word"), function="upper", output_field=TextField())
    rows = Product.objects.annotate(loud=loud)
    sql, values = rows.values_list(F("loud")).query.sql_with_params()

    assert "upper(%s)" in sql
    assert [value.name for value in values] == ["word"]
