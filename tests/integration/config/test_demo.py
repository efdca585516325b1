"""`nexus manage demo`: what it creates, that it does so once, and when it refuses."""

import hashlib
import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from nexus.apps.orders.checking import audit_orders
from nexus.apps.orders.models import Cart, Order
from nexus.apps.orders.states import OrderState
from nexus.apps.products.models import Category, Image, Product
from nexus.apps.stays.models import Booking, Listing, Review
from nexus.apps.users.demo import ROLES
from nexus.apps.users.models import User
from nexus.config.management.commands import demo
from nexus.config.management.commands.demo import Size
from nexus.core.outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

TINY = Size(40, 16, 20, 12, merchants=2, hosts=2, customers=3)


@pytest.fixture(autouse=True)
def _embedded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMBEDDED = True
    monkeypatch.setitem(demo.SIZES, "medium", TINY)


def run(*options: str) -> str:
    out = StringIO()
    call_command("demo", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def counts() -> dict[str, int]:
    models = (User, Category, Product, Image, Order, Cart, Listing, Booking, Review)
    return {model.__name__: model._base_manager.count() for model in models}


def digest() -> str:
    rows = [
        *Product.objects.order_by("pk").values_list("sku", "name", "price", "stock"),
        *Listing.objects.order_by("pk").values_list("title", "city", "price_per_night"),
        *User.objects.order_by("pk").values_list("email", "name"),
        *Order.objects.order_by("pk").values_list("buyer__email", "state", "total", "city"),
        *Booking.objects.order_by("pk").values_list("guest__email", "total", "review__rating"),
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_every_picture_is_there() -> None:
    run("--size", "medium")
    shown = {
        url.removeprefix(settings.STATIC_URL).partition("#")[::2]
        for url in Image.objects.values_list("url", flat=True)
    }

    assert shown
    for path, view in shown:
        found = finders.find(path)
        assert found, path
        assert not view or f'<view id="{view}"' in Path(found).read_text()


def test_small_fills_a_shop_and_a_travel_site() -> None:
    run()
    found, small = counts(), demo.SIZES["small"]

    assert found["Product"] == small.products
    assert found["Order"] == small.orders
    assert (found["Listing"], found["Booking"]) == (small.listings, small.bookings)
    assert found["User"] == len(ROLES) + small.merchants + small.hosts + small.customers - 3
    assert set(Order.objects.values_list("state", flat=True)) == set(OrderState)
    assert {row.is_published for row in Product.objects.all()} == {True, False}
    assert min(found.values()) > 0
    assert list(audit_orders()) == []
    assert not User.objects.filter(email_verified_at=None).exists()


def test_sample_users_get_no_mail() -> None:
    run("--size", "medium")

    assert not Message.objects.exists()


def test_twice_is_once_and_says_so() -> None:
    run("--size", "medium")
    before = counts(), digest()
    told = run("--size", "medium", "--seed", "2")

    assert "nothing was added" in told
    assert (counts(), digest()) == before


def test_everybody_can_log_in_with_what_is_printed() -> None:
    told = run("--size", "medium")
    (password,) = re.findall(r"New password for all of them: (\S+)", told)
    addresses = re.findall(r"^  (\w+) +(\S+)$", told, re.MULTILINE)

    assert [role for role, _ in addresses] == list(ROLES)
    for role, email in addresses:
        sent = {"email": email, "password": password}
        answer = Client().post("/api/v1/accounts/log-in/", sent, content_type="application/json")
        assert answer.status_code == 200, answer.content
        assert {row.slug for row in User.objects.get(email=email).roles.all()} == {role}


def test_a_second_call_makes_another_password() -> None:
    first, second = (re.findall(r"them: (\S+)", run("--size", "medium")) for _ in range(2))

    assert first != second


@pytest.mark.parametrize(("seed", "same"), [("1", True), ("2", False)])
def test_a_seed_makes_the_same_everywhere(seed: str, *, same: bool) -> None:
    digests = []
    for number in ("1", seed):
        with transaction.atomic():
            run("--size", "medium", "--seed", number)
            digests.append(digest())
            transaction.set_rollback(True)

    assert (digests[0] == digests[1]) is same


def test_a_deployment_is_left_alone(settings: Settings) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="Nothing was added"):
        run()
    assert not User.objects.exists()

    assert "New password for all of them" in run("--size", "medium", "--i-know")


def test_failure_leaves_nothing() -> None:
    Category.objects.create(slug="homeware", name="Homeware")
    with pytest.raises(CommandError):
        run()

    assert not User.objects.exists()
    assert Category.objects.count() == 1
