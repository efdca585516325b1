"""Personal data: all of it in an export, none of it after a deletion."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test import Client

from nexus.apps.labs.models import Run
from nexus.apps.orders import services as orders
from nexus.apps.orders.checking import audit_orders
from nexus.apps.orders.models import Cart, Order
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.products.models import Product
from nexus.apps.stays import services as stays
from nexus.apps.stays.models import Booking, Listing, Review
from nexus.apps.users import queries, services
from nexus.apps.users.errors import AccountBusyError
from nexus.apps.users.models import Role, User
from nexus.core.idempotency.models import Record
from tests.support.factories import (
    offer,
    paid,
    person,
    place,
    placed,
    season,
    shelves,
    signed_in,
    stay,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

PASSWORD, ADDRESS = "correct horse battery", "192.0.2.1"
NAME = "Adawyn Lovelorne"


@pytest.fixture
def ada() -> User:
    """A user who has used every feature."""
    ada: User = User.objects.create_user("adawyn@example.org", PASSWORD, name=NAME)
    for role in ("merchant", "host", "mentor"):
        ada.roles.add(Role.objects.get(slug=role))
    shelves()
    support, other = person("support", "support"), person("other", "merchant")
    bought = offer(stock=50, owner=other)
    sold, unsold = offer(2, owner=ada, stock=9), offer(3, owner=ada)
    address = orders.Address(NAME, "Lovelorne Lane 1", "Porto", "PT", "4000-001")
    for product in (bought, bought):
        orders.set_quantity(product_id=product.pk, quantity=1, by=ada)
        order = orders.place_order(address=address, shipping_method=ShippingMethod.STANDARD, by=ada)
    orders.cancel_order(order_id=order.pk, by=ada)
    done = paid(ada, bought)
    Order.objects.filter(pk=done.pk).update(recipient=NAME)
    orders.ship_order(order_id=done.pk, by=support)
    shipped = paid(other, sold)
    orders.ship_order(order_id=shipped.pk, by=ada)
    orders.set_quantity(product_id=bought.pk, quantity=2, by=ada)
    orders.set_quantity(product_id=unsold.pk, quantity=1, by=other)
    listing, empty = place(ada, title="Lovelorne Loft"), place(ada, title="Lovelorne Lodge")
    season(empty, first=90, nights=2)
    stay(listing, other, first=-20, nights=2)
    booking = stay(place(other), ada, first=-9, nights=2)
    stays.review_stay(booking_id=booking.pk, rating=5, text="Lovelorne was here.", by=ada)
    orders.register_webhook(url="https://lovelorne.example/hooks", by=ada)
    Run.objects.create(lab="n-plus-one", form="quick", seed=1, requested_by=ada)
    Record.objects.create(user=ada, key="k" * 8, fingerprint="f", status=200, body=NAME.encode())
    return ada


def delete(user: User) -> None:
    services.delete_account(by=user, password=PASSWORD, address=ADDRESS)


def rows_with(words: Iterable[str]) -> list[str]:
    """Return every table with a row that contains one of these words in any column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(("users_", "orders_", "stays_", "products_", "labs_", "core_",
                                 "audit_", "outbox_", "idempotency_")):  # fmt: skip
                for word in words:
                    cursor.execute(
                        f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE %s',  # noqa: S608 -- a name from the database
                        [f"%{word}%"],
                    )
                    if cursor.fetchone()[0]:
                        found.append(table)
    return sorted(set(found))


def test_an_export_holds_what_every_app_keeps(ada: User) -> None:
    kept = queries.export_account(ada)["kept"]

    assert {name: len(rows) for name, rows in kept.items()} == {
        "products": 2,
        "stock_changes": 4,
        "orders": 3,
        "cart": 1,
        "sales": 1,
        "webhooks": 1,
        "listings": 2,
        "bookings": 1,
        "reviews": 1,
        "runs": 1,
    }
    order = next(order for order in kept["orders"] if order["state"] == "shipped")
    assert (order["recipient"], order["lines"][0]["sku"]) == (NAME, "K-1")
    assert [event["kind"] for event in order["events"]] == ["placed", "paid", "shipped"]
    assert [payment["status"] for payment in order["payments"]] == ["succeeded"]
    assert kept["reviews"][0]["text"] == "Lovelorne was here."


def test_an_export_is_of_one_person(ada: User) -> None:
    other = get_user_model().objects.get(email="other@example.org")
    told = json.dumps(queries.export_account(other), cls=DjangoJSONEncoder)

    assert ada.email not in told
    assert NAME not in told


def test_all_activity_is_in_the_export(ada: User) -> None:
    done = [entry["action"] for entry in queries.export_account(ada)["actions"]]

    assert "order.placed" in done


@pytest.mark.usefixtures("ada")
def test_the_api_and_the_page_give_the_same_export() -> None:
    ada = User.objects.with_email("adawyn@example.org").get()
    browser = signed_in(ada)
    told = browser.get("/api/v1/me/export/").json()
    shown = browser.get("/account/export/").json()

    assert set(told) == set(shown)
    assert told["kept"] == shown["kept"]
    assert told["kept"]["bookings"][0]["total"] == "160.00"


def test_an_export_of_somebody_without_anything_is_empty() -> None:
    kept = queries.export_account(person("new"))["kept"]

    assert set(map(len, kept.values())) == {0}


def test_after_a_deletion_nothing_tells_who_it_was(ada: User) -> None:
    words = ("adawyn", "lovelorne")
    assert rows_with(words) == [
        "orders_order",
        "orders_webhook",
        "stays_listing",
        "stays_review",
        "users_user",
    ]
    delete(ada)

    # A title stays for the guest who slept there.
    assert rows_with(words) == ["stays_listing"]
    assert rows_with(["adawyn", "Lovelorne Lane", "Lovelorne Lodge", "was here"]) == []


def test_deletion_keeps_what_others_need(ada: User) -> None:
    delete(ada)

    assert Order.objects.filter(buyer=ada).count() == 3
    assert list(audit_orders()) == []
    assert list(Product.objects.filter(owner=ada).values_list("sku", "is_published")) == [
        ("K-2", False)
    ]
    assert [row.is_published for row in Listing.objects.filter(host=ada)] == [False]
    assert Booking.objects.count() == 2
    assert not Booking.objects.filter(guest=ada).exists()
    assert not Review.objects.exists()
    assert not Cart.objects.filter(user=ada).exists()
    assert Run.objects.get().requested_by is None
    assert not Record.objects.exists()


def test_an_order_that_nobody_paid_is_cancelled(ada: User) -> None:
    bought = Product.objects.get(sku="K-1")
    order = placed(ada, bought)
    stock = Product.objects.get(sku="K-1").stock
    delete(ada)
    order.refresh_from_db()

    assert order.state == "cancelled"
    assert Product.objects.get(sku="K-1").stock > stock


def _paid_order(ada: User) -> None:
    paid(ada, Product.objects.get(sku="K-1"))


def _refund(ada: User) -> None:
    order = paid(ada, Product.objects.get(sku="K-1"))
    orders.cancel_order(order_id=order.pk, by=ada)


def _sale(ada: User) -> None:
    del ada
    paid(get_user_model().objects.get(email="other@example.org"), Product.objects.get(sku="K-2"))


def _stay(ada: User) -> None:
    stay(Listing.objects.exclude(host=ada).get(), ada, first=3, nights=2)


def _guest(ada: User) -> None:
    stay(Listing.objects.get(title="Lovelorne Loft"), person("guest"), first=3, nights=2)
    del ada


@pytest.mark.parametrize("under_way", [_paid_order, _refund, _sale, _stay, _guest])
def test_deletion_is_refused_while_something_is_pending(ada: User, under_way: Any) -> None:
    under_way(ada)
    before = queries.export_account(ada)
    with pytest.raises(AccountBusyError, match="delete your account"):
        delete(ada)

    assert queries.export_account(ada) == before
    sent = {"password": PASSWORD}
    answer = signed_in(ada).post("/api/v1/me/delete/", sent, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "account_busy")
    page = signed_in(ada).post("/account/delete/", sent)
    assert (page.status_code, b"delete your account" in page.content) == (400, True)


def test_the_shop_goes_on_without_them(ada: User) -> None:
    delete(ada)

    assert Client().get("/api/v1/products/").json()["results"][0]["sku"] == "K-1"
    assert Client().get("/api/v1/stays/").status_code == 200
