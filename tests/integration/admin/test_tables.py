"""Every table of the admin: it responds, needs a constant number of queries, and keeps history."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.labs.models import Run
from nexus.apps.library.models import Search
from nexus.apps.orders.models import CallbackEvent, Cart, Order, Payment, Refund
from nexus.apps.products.models import Category, Product, StockChange
from nexus.apps.stays.models import Booking, Listing, Review
from nexus.apps.users.models import Role, User
from nexus.core.admin.tables import CappedPaginator
from nexus.core.audit.models import Entry
from nexus.core.outbox.models import Message
from tests.support.admin_site import ALL, address, fill, support
from tests.support.factories import person, signed_in

pytestmark = pytest.mark.django_db

FEW, MANY = 1, 30
# Records of the past, and tables that only services write.
KEPT = [
    Booking, CallbackEvent, Cart, Category, Entry, Message, Order, Payment, Refund, Review, Run,
    Search, StockChange,
]  # fmt: skip
CHANGED = [Listing, Product, Role, User]


def queries_of(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(path)
    assert answer.status_code == 200, path
    return len(asked)


def last(model: type[models.Model]) -> models.Model:
    found = model._base_manager.order_by("pk").last()
    assert found is not None
    return found


def test_there_is_no_other_table_and_none_of_a_library() -> None:
    assert set(ALL) == {*KEPT, *CHANGED}


def test_a_list_costs_the_same_however_many_rows_it_shows() -> None:
    browser = signed_in(support())
    counts = []
    for numbers in (range(FEW), range(FEW, MANY)):
        fill(numbers)
        counts.append({model.__name__: queries_of(browser, address(model)) for model in ALL})
        shown = {m.__name__: browser.get(address(m)).context["cl"].result_count for m in ALL}
        assert min(shown.values()) >= numbers.stop, shown

    assert counts[1] == counts[0]


@pytest.mark.parametrize("role", ["support", "admin"])
def test_every_row_can_be_looked_at(role: str) -> None:
    fill(range(FEW))
    browser = signed_in(person("eve", role))
    for model in ALL:
        queries_of(browser, address(model, "change", last(model).pk))


def test_the_lines_of_an_order_cost_the_same_however_many_they_are() -> None:
    fill(range(FEW))
    order = Order.objects.get()
    browser = signed_in(support())
    path = address(Order, "change", order.pk)
    few = queries_of(browser, path)
    line = order.lines.get()
    shelf = Product.objects.get().category
    for number in range(MANY):
        sold = Product.objects.create(
            sku=f"X-{number}", name="X", price=1, category=shelf, owner=person(f"m-{number}")
        )
        order.lines.create(
            product=sold, merchant=sold.owner, sku="X", name="X", price=line.price, quantity=1
        )

    assert queries_of(browser, path) == few


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
@pytest.mark.parametrize("term", ["kettle", "7", "eve@example.org", "0000-0000-0000", "%'\x00"])
def test_a_search_answers_whatever_is_looked_for(model: type[models.Model], term: str) -> None:
    answer = signed_in(support()).get(address(model), {"q": term.replace("\x00", "")})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("model", "term", "found"),
    [
        (User, "BUYER-1@example.org", "buyer-1@example.org"),
        (Order, "buyer-1@example.org", "buyer-1@example.org"),
        (Product, "K-1", "Kettle 1"),
        (Product, "kettle 2", "Kettle 2"),
        (Listing, "beds 1", "Two beds 1"),
        (Booking, "buyer-1@example.org", "buyer-1@example.org"),
        (Cart, "buyer-1@example.org", "buyer-1@example.org"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_support_finds_the_one_row(model: type[models.Model], term: str, found: str) -> None:
    fill(range(3))
    answer = signed_in(support()).get(address(model), {"q": term})

    assert answer.context["cl"].result_count == 1
    assert found in answer.content.decode()


def test_an_order_is_found_by_its_number_as_people_type_it() -> None:
    fill(range(2))
    order = Order.objects.order_by("pk")[0]
    answer = signed_in(support()).get(address(Order), {"q": f" {order.number.lower()} "})

    assert [row.pk for row in answer.context["cl"].result_list] == [order.pk]


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.__name__)
@pytest.mark.parametrize("role", ["support", "admin"])
def test_history_cannot_be_written(model: type[models.Model], role: str) -> None:
    fill(range(FEW))
    CallbackEvent.objects.get_or_create(provider="x", event_id="x", payload={})
    row = last(model)
    before = model._base_manager.filter(pk=row.pk).values().get()
    browser = signed_in(person("eve", role))
    sent: dict[str, Any] = dict.fromkeys(before, "7")
    answers = [
        browser.post(address(model, "add"), sent),
        browser.post(address(model, "change", row.pk), sent),
        browser.post(address(model, "delete", row.pk), {"post": "yes"}),
    ]
    deleting = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    browser.post(address(model), deleting)

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert model._base_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", CHANGED, ids=lambda model: model.__name__)
def test_support_sees_and_changes_nothing(model: type[models.Model]) -> None:
    fill(range(FEW))
    browser = signed_in(support())
    row = last(model)

    assert browser.post(address(model, "change", row.pk), {}).status_code == 403
    assert browser.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_every_inline_is_only_seen() -> None:
    request: Any = None
    inlines = [
        inline(model, admin.site) for model in ALL for inline in admin.site._registry[model].inlines
    ]

    assert inlines
    for inline in inlines:
        may = (inline.has_add_permission(request, None), inline.has_change_permission(request))
        assert (*may, inline.has_delete_permission(request)) == (False, False, False)


def test_a_big_table_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nexus.core.admin.tables.MAX_COUNTED", 3)
    fill(range(5))
    rows = Product.objects.order_by("pk")
    with CaptureQueriesContext(connection) as asked:
        assert CappedPaginator(rows, 2).num_pages == 2
    assert "LIMIT 3" in asked[0]["sql"]
    with CaptureQueriesContext(connection) as asked:
        signed_in(support()).get(address(Product))
    counts = [one["sql"] for one in asked if "COUNT(" in one["sql"]]
    assert counts
    assert all("LIMIT" in sql for sql in counts)
