"""Products over GraphQL: the same data as REST, in as many queries for 30 as for 1."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.factories import JSON, offer, person, shelves, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

FIELDS = """id sku slug name description merchant price currency stock isPublished createdAt
attributes version category { slug name path } images { id url alt position }"""
LIST = f"""query ($order: ProductOrder!, $first: Int!, $after: String!, $category: String) {{
  products(order: $order, first: $first, after: $after, category: $category) {{
    edges {{ cursor node {{ {FIELDS} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""


@pytest.fixture
def shop() -> None:
    shelves()


def ask(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    found: dict[str, Any] = client.post("/graphql/", body, content_type=JSON).json()
    return found


def data(client: Client, query: str, **variables: Any) -> Any:
    answer = ask(client, query, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def test_a_product_says_what_rest_says(client: Client) -> None:
    made = offer(attributes={"colour": "red"})
    query = f"query ($id: BigInt!) {{ product(id: $id) {{ {FIELDS} }} }}"
    shown = data(client, query, id=made.pk)["product"]
    rest = client.get(f"/api/v1/products/{made.pk}/").json()

    rest["created_at"] = rest["created_at"].replace("Z", "+00:00")
    assert shown == {camel(name): value for name, value in rest.items()}


@pytest.mark.parametrize(
    ("order", "name"),
    [("NEWEST", "newest"), ("PRICE", "price"), ("_PRICE", "-price"), ("NAME", "name")],
)
def test_a_walk_has_the_cursors_of_rest(client: Client, order: str, name: str) -> None:
    for number in range(7):
        offer(number, price=number % 3)
    found: list[str] = []
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": ""}
    while info["hasNextPage"]:
        page = data(client, LIST, order=order, first=3, after=info["endCursor"])["products"]
        found += [edge["node"]["sku"] for edge in page["edges"]]
        info = page["pageInfo"]
        if len(found) == 3:
            following = client.get(f"/api/v1/products/?limit=3&order={name}").json()["next"]
            assert f"after={info['endCursor']}" in following
    rest = client.get(f"/api/v1/products/?order={name}").json()["results"]
    assert found == [product["sku"] for product in rest]


@pytest.mark.parametrize(("category", "most"), [(None, 2), ("home", 3)])
def test_a_list_asks_the_database_as_often_for_30_as_for_1(
    client: Client, category: str | None, most: int
) -> None:
    counts = []
    for number in range(1, 31):
        offer(number)
        if number in {1, 30}:
            with CaptureQueriesContext(connection) as captured:
                page = data(client, LIST, order="NEWEST", first=50, after="", category=category)
            assert len(page["products"]["edges"]) == number
            counts.append(len(captured))
    assert counts == [most, most]


def test_a_product_is_offered_changed_and_found() -> None:
    client = signed_in(person("merchant", "merchant"))
    made = data(
        client,
        """mutation ($attributes: JSON) { createProduct(sku: "K-1", name: "Kettle", stock: 2,
        category: "kettles", price: "19.90", attributes: $attributes) { id version price } }""",
        attributes={"colour": "red"},
    )["createProduct"]
    assert made["price"] == "19.90"
    assert [edge["node"]["id"] for edge in data(
        client, "{ ownProducts { edges { node { id } } } }"
    )["ownProducts"]["edges"]] == [made["id"]]  # fmt: skip

    change = """mutation ($id: BigInt!, $version: Int!) {
        updateProduct(id: $id, version: $version, isPublished: true) { version isPublished } }"""
    changed = data(client, change, id=made["id"], version=made["version"])["updateProduct"]
    assert changed == {"version": 1, "isPublished": True}
    refused = ask(client, change, id=made["id"], version=made["version"])["errors"][0]
    assert refused["extensions"]["code"] == "product_changed"
    query = """query ($a: String) { products(attributes: $a, q: "kettle", inStock: true,
        minPrice: "19.90", maxPrice: "19.90") { edges { node { id } } } }"""
    for attributes, found in (('{"colour":"red"}', [made["id"]]), ('{"colour":"blue"}', [])):
        edges = data(client, query, a=attributes)["products"]["edges"]
        assert [edge["node"]["id"] for edge in edges] == found


def test_categories_are_a_tree(client: Client) -> None:
    found = data(client, "{ categories { edges { node { path parent attributeKinds } } } }")
    nodes = [edge["node"] for edge in found["categories"]["edges"]]

    assert [(node["path"], node["parent"]) for node in nodes] == [
        ("garden", None), ("home", None), ("home/kettles", "home"),
    ]  # fmt: skip
    assert nodes[1]["attributeKinds"] == {"colour": "text", "litres": "number", "steel": "flag"}


def test_a_file_is_imported() -> None:
    client = signed_in(person("merchant", "merchant"))
    query = """mutation ($csv: String!, $keep: Boolean!) { importProducts(csv: $csv,
        keepGood: $keep) { imported added changed faults { line column detail } } }"""
    csv = "sku,name,category,price\nK-1,Kettle,kettles,1.00\nK-2,Kettle,nope,1.00\n"

    told = data(client, query, csv=csv, keep=False)["importProducts"]
    assert (told["imported"], told["faults"][0]["line"]) == (False, 3)
    assert data(client, query, csv=csv, keep=True)["importProducts"]["added"] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ product(id: 0) { id } }", "product_not_found"),
        ('{ products(category: "nope") { edges { cursor } } }', "category_not_found"),
        ('{ products(minPrice: "x") { edges { cursor } } }', "invalid_input"),
        ("{ ownProducts { edges { cursor } } }", "not_authenticated"),
        ('mutation { importProducts(csv: "") { added } }', "not_authenticated"),
    ],
)
def test_an_error_has_the_code_of_rest(client: Client, query: str, code: str) -> None:
    assert ask(client, query)["errors"][0]["extensions"]["code"] == code


def test_an_admin_arranges_the_categories() -> None:
    client = signed_in(person("admin", "admin"))
    made = data(
        client,
        """mutation { createCategory(slug: "pots", name: "Pots", parent: "home",
           attributeKinds: {litres: "number"}) { path attributeKinds } }""",
    )
    assert made["createCategory"] == {"path": "home/pots", "attributeKinds": {"litres": "number"}}
    moved = data(client, 'mutation { updateCategory(slug: "pots", parent: "") { name path } }')
    assert moved["updateCategory"] == {"name": "Pots", "path": "pots"}
    assert data(client, 'mutation { deleteCategory(slug: "pots") }') == {"deleteCategory": "pots"}
    answer = ask(client, '{ category(slug: "pots") { path } }')
    assert answer["errors"][0]["extensions"]["code"] == "category_not_found"
