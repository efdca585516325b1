"""Products over REST: lists, filters, orders, and changes without lost updates."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.api.products.rest.products import MAX_IMPORT_BYTES
from nexus.apps.products.models import Category, Product, StockChange
from tests.support.factories import JSON, offer, person, shelves, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

LIST = "/api/v1/products/"
NEW = {"sku": "N-1", "name": "New kettle", "category": "kettles", "price": "10.00"}


@pytest.fixture
def shop() -> None:
    shelves()


@pytest.fixture
def merchant() -> Any:
    return person("merchant", "merchant")


def walk(client: Client, address: str | None) -> list[Any]:
    found: list[Any] = []
    while address:
        page = client.get(address).json()
        found += page["results"]
        address = page["next"]
    return found


def ids(client: Client, query: str) -> list[int]:
    return [product["id"] for product in walk(client, f"{LIST}?{query}")]


def test_a_walk_in_any_order_is_the_sorted_list(client: Client) -> None:
    made = [
        offer(number, price=Decimal(number % 4), name=f"Kettle {number % 3}")
        for number in range(23)
    ]
    keys: dict[str, Any] = {
        "newest": lambda p: -p.pk,
        "price": lambda p: (p.price, p.pk),
        "-price": lambda p: (-p.price, -p.pk),
        "name": lambda p: (p.name, p.pk),
    }
    for order, key in keys.items():
        expected = [product.pk for product in sorted(made, key=key)]
        assert ids(client, f"order={order}&limit=4") == expected, order


def test_a_cursor_of_another_order_is_refused(client: Client) -> None:
    for number in range(3):
        offer(number)
    following = client.get(f"{LIST}?limit=1&order=name").json()["next"]

    for other in ("price", "newest"):
        answer = client.get(following.replace("order=name", f"order={other}"))
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


def test_products_are_chosen_by_every_filter(client: Client) -> None:
    home, garden = (Category.objects.get(slug=slug) for slug in ("home", "garden"))
    red = offer(1, attributes={"colour": "red", "litres": 1.5, "steel": True}, price=10)
    blue = offer(2, attributes={"colour": "blue"}, stock=0, name="Blue teapot", category=home)
    hose = offer(3, category=garden, price=30, description="Waters the lawn.")
    offer(4, is_published=False)

    expected = {
        "": [hose, blue, red],
        "category=home": [blue, red],
        "category=kettles": [red],
        "min_price=19.90": [hose, blue],
        "max_price=19.90": [blue, red],
        "in_stock=true": [hose, red],
        "in_stock=false": [blue],
        'attributes={"colour":"red"}': [red],
        'attributes={"litres":1.5,"steel":true}': [red],
        'attributes={"litres":"1.5"}': [],
        "q=teapots": [blue],
        "q=lawn": [hose],
        "q=kettle -teapot": [hose, red],
        "q=%22%26|!": [],
        "category=home&in_stock=true&q=kettle&max_price=10&order=-price": [red],
    }
    for query, found in expected.items():
        assert ids(client, query) == [product.pk for product in found], query


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("category=nope", 404, "category_not_found"),
        ("order=size", 400, "invalid_input"),
        ("min_price=-1", 400, "invalid_input"),
        ("min_price=NaN", 400, "invalid_input"),
        ("attributes=red", 400, "invalid_input"),
        ('attributes={"a":{}}', 400, "invalid_input"),
        ("attributes=[1]", 400, "invalid_input"),
        ("q=%00", 400, "invalid_input"),
    ],
)
def test_a_filter_that_cannot_be_is_named(
    client: Client, query: str, status: int, code: str
) -> None:
    answer = client.get(f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("query", "most"), [("", 1), ("category=home", 2), ("q=kettle", 1), ("order=price", 1)]
)
def test_a_list_asks_the_database_as_often_for_30_as_for_1(
    client: Client, query: str, most: int
) -> None:
    counts = []
    for number in (1, *range(2, 31)):
        offer(number)
        if number in {1, 30}:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                page = client.get(f"{LIST}?limit=100&{query}").json()
            assert len(page["results"]) == number
            counts.append(len(captured))
    assert counts == [most, most]


def test_a_product_is_shown_whole(client: Client, merchant: Any) -> None:
    made = offer(attributes={"colour": "red"}, owner=merchant)
    shown = client.get(f"{LIST}{made.pk}/").json()

    assert shown["category"] == {"slug": "kettles", "name": "Kettles", "path": "home/kettles"}
    assert (shown["price"], shown["currency"], shown["stock"]) == ("19.90", "EUR", 3)
    assert [image["position"] for image in shown["images"]] == [0, 1]
    assert (shown["attributes"], shown["merchant"]) == ({"colour": "red"}, merchant.pk)
    listed = walk(client, LIST)[0]
    assert listed == {name: shown[name] for name in listed}


def test_categories_are_a_tree(client: Client) -> None:
    found = walk(client, "/api/v1/categories/?limit=2")

    assert [(row["path"], row["parent"]) for row in found] == [
        ("garden", None),
        ("home", None),
        ("home/kettles", "home"),
    ]


def test_an_admin_arranges_the_categories() -> None:
    client = signed_in(person("admin", "admin"))
    wanted = {
        "slug": "pots",
        "name": "Pots",
        "parent": "home",
        "attribute_kinds": {"litres": "number"},
    }
    made = client.post("/api/v1/categories/", wanted, content_type=JSON)
    assert made.status_code == 201, made.content
    address = made.headers["Location"]
    moved = client.patch(address, {"parent": "garden", "name": "Planters"}, content_type=JSON)
    assert moved.json() == client.get(address).json()
    assert (moved.json()["path"], moved.json()["name"]) == ("garden/pots", "Planters")
    refused = client.delete("/api/v1/categories/garden/")
    assert (refused.status_code, refused.json()["code"]) == (409, "category_in_use")
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"attribute_kinds": {"colour": "paint"}}, {"name": " "}, {"slug": "a b"}]
)
def test_a_wrong_category_is_refused_with_its_place(wrong: dict[str, Any]) -> None:
    client = signed_in(person("admin", "admin"))
    body = {"slug": "pots", "name": "Pots", **wrong}
    answer = client.post("/api/v1/categories/", body, content_type=JSON)

    assert answer.status_code == 400
    (fault,) = answer.json()["errors"]
    assert fault["pointer"].startswith(f"/{next(iter(wrong))}")


def test_a_merchant_offers_changes_and_takes_back(merchant: Any) -> None:
    client = signed_in(merchant)
    answer = client.post(LIST, {**NEW, "stock": 2}, content_type=JSON)
    assert answer.status_code == 201, answer.content
    address = answer.headers["Location"]
    assert walk(client, LIST) == []
    assert [product["sku"] for product in walk(client, f"{LIST}own/")] == ["N-1"]

    read = client.get(address)
    assert read.json() == answer.json()
    condition = {"If-Match": read.headers["ETag"]}
    change = {"is_published": True, "attributes": {"colour": "red"}}
    changed = client.patch(address, change, content_type=JSON, headers=condition)
    assert changed.status_code == 200, changed.content
    assert client.get(address).headers["ETag"] == changed.headers["ETag"]

    again = client.patch(address, change, content_type=JSON, headers=condition)
    assert (again.status_code, again.json()["code"]) == (412, "product_changed")
    price = {"price": "12.5", "currency": "KES"}
    priced = client.put(f"{address}price/", price, content_type=JSON).json()
    assert (priced["price"], priced["currency"]) == ("12.50", "KES")
    booked = client.post(f"{address}stock/", {"quantity": -2}, content_type=JSON)
    assert booked.json()["stock"] == 0
    refused = client.post(f"{address}stock/", {"quantity": -1}, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")
    image = {"url": "https://a.test/k.webp", "alt": "A kettle"}
    added = client.post(f"{address}images/", image, content_type=JSON).json()
    assert client.get(address).json()["images"] == [added]
    assert client.delete(f"{address}images/{added['id']}/").status_code == 204

    assert Client().get(address).status_code == 200
    assert client.delete(address).status_code == 204
    assert Client().get(address).status_code == 404
    assert client.get(address).json()["images"] == []
    assert list(StockChange.objects.values_list("quantity", flat=True)) == [2, -2]


def test_a_change_without_a_condition_is_refused(merchant: Any) -> None:
    made = offer(owner=merchant)
    answer = signed_in(merchant).patch(f"{LIST}{made.pk}/", {"name": "X"}, content_type=JSON)

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


@pytest.mark.parametrize("condition", ["*", 'W/{}, "other"'])
def test_a_change_under_a_condition_that_holds_is_made(merchant: Any, condition: str) -> None:
    made, client = offer(owner=merchant), signed_in(merchant)
    held = condition.format(client.get(f"{LIST}{made.pk}/").headers["ETag"])
    answer = client.patch(
        f"{LIST}{made.pk}/", {"name": "X"}, content_type=JSON, headers={"If-Match": held}
    )
    assert (answer.status_code, answer.json()["name"]) == (200, "X")


def test_a_sale_meanwhile_is_a_change_too(merchant: Any) -> None:
    made, client = offer(owner=merchant), signed_in(merchant)
    address = f"{LIST}{made.pk}/"
    held = client.get(address).headers["ETag"]
    client.post(f"{address}stock/", {"quantity": -1}, content_type=JSON)

    answer = client.patch(address, {"name": "X"}, content_type=JSON, headers={"If-Match": held})
    assert answer.status_code == 412


def test_unchanged_product_is_not_sent_again(client: Client) -> None:
    made = offer()
    for address in (LIST, f"{LIST}{made.pk}/"):
        etag = client.get(address).headers["ETag"]
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_neither_price_nor_stock_goes_through_a_general_update(merchant: Any) -> None:
    made = offer(owner=merchant)
    body = {"price": "1.00", "stock": 99, "owner": None, "version": 7}
    answer = signed_in(merchant).patch(
        f"{LIST}{made.pk}/", body, content_type=JSON, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200
    kept = Product.objects.get()
    assert (kept.price, kept.stock, kept.owner_id) == (Decimal("19.90"), 3, merchant.pk)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**NEW, "category": "nope"}, 404, "category_not_found"),
        ({**NEW, "attributes": {"watts": 1}}, 409, "attributes_invalid"),
        ({**NEW, "price": "-1"}, 400, "invalid_input"),
        ({**NEW, "price": "1.005"}, 400, "invalid_input"),
        ({**NEW, "currency": "euro"}, 400, "invalid_input"),
        ({**NEW, "name": " "}, 400, "invalid_input"),
        ({**NEW, "name": "\ud800"}, 400, "invalid_input"),
        ({**NEW, "sku": "K-1"}, 409, "sku_taken"),
        ({}, 400, "invalid_input"),
    ],
)
def test_invalid_product_is_refused(
    merchant: Any, body: dict[str, Any], status: int, code: str
) -> None:
    offer(1, owner=merchant)
    answer = signed_in(merchant).post(LIST, json.dumps(body), content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


CSV = "sku,name,category,price\nK-1,Kettle,kettles,1.00\n"


def send(client: Client, text: bytes, query: str = "") -> Any:
    return client.post(f"{LIST}import/{query}", text, content_type="text/csv")


def test_a_file_is_imported(merchant: Any) -> None:
    answer = send(signed_in(merchant), b"\xef\xbb\xbf" + CSV.encode())

    assert (answer.status_code, answer.json()) == (
        200,
        {"imported": True, "added": 1, "changed": 0, "faults": []},
    )


def test_the_bad_lines_of_a_file_are_reported(merchant: Any) -> None:
    client = signed_in(merchant)
    text = f"{CSV}K-2,Kettle,nope,1.00\n".encode()
    told = send(client, text).json()
    assert told["imported"] is False
    assert [(fault["line"], fault["column"]) for fault in told["faults"]] == [(3, "category")]
    assert not Product.objects.exists()

    assert send(client, text, "?keep_good=true").json()["added"] == 1
    assert send(client, text, "?keep=true").status_code == 400


def test_a_file_that_is_not_utf_8_is_refused(merchant: Any) -> None:
    told = send(signed_in(merchant), CSV.encode() + b"K-2,\xff,kettles,1.00\n").json()
    assert [fault["line"] for fault in told["faults"]] == [3]


def test_a_file_that_is_too_large_is_refused(merchant: Any) -> None:
    answer = send(signed_in(merchant), b" " * (MAX_IMPORT_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "import_too_large")


@pytest.mark.parametrize(("role", "status"), [("learner", 403), ("", 401)])
def test_files_are_imported_by_merchants_only(role: str, status: int) -> None:
    user = person("caller", role) if role else None
    assert send(signed_in(user), CSV.encode()).status_code == status
