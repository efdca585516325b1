"""Cached public responses of the API: for everybody, never stale after a write, never a draft."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nexus.api import throttling
from nexus.apps.products import services
from nexus.apps.products.importing import import_products
from nexus.apps.products.models import Image
from nexus.apps.stays.services import change_listing, create_listing
from nexus.core.cache import responses
from tests.support.factories import offer, person, shelves, signed_in

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

WORDY = "application/json, text/plain;q=0.5"
LIST, CATEGORIES = "/api/v1/products/", "/api/v1/categories/"


@pytest.fixture(autouse=True)
def _keeping() -> Iterator[None]:
    """Cache for an hour, so that nothing expires; and nothing of another test."""
    with override_settings(KEPT_S=3600):
        responses.clear()
        responses.invalidate(services.PRODUCTS, services.CATEGORIES, "stays")
        yield
        responses.invalidate(services.PRODUCTS, services.CATEGORIES, "stays")
    responses.clear()


@pytest.fixture
def merchant() -> Any:
    shelves()
    return person("merchant", "merchant")


def queries(client: Client, address: str, **headers: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address, headers=headers)
    return answer.status_code, len(captured)


def test_a_second_reader_costs_no_query(client: Client, merchant: Any) -> None:
    product = offer(1, owner=merchant)
    for address in (LIST, f"{LIST}?category=home&limit=1", f"{LIST}{product.pk}/", CATEGORIES):
        first = client.get(address)
        assert queries(Client(), address) == (200, 0), address
        # The third sends an Accept header, so that REST framework must negotiate.
        second, third = Client().get(address), Client().get(address, headers={"Accept": WORDY})
        assert first.content == second.content == third.content
        for answer in (first, second, third):
            answer.headers.pop("RateLimit")
            assert answer.headers.pop("X-Request-ID")
        assert dict(first.headers) == dict(second.headers) == dict(third.headers)


@override_settings(API_RATE=0.1)
def test_cached_responses_are_rate_limited(client: Client, merchant: Any) -> None:
    offer(1, owner=merchant)
    first, second = (client.get(LIST, REMOTE_ADDR="192.0.2.77") for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 429)
    assert second.json()["code"] == "throttled"
    assert second.headers["Retry-After"] == "10"


@pytest.fixture
def slow_bucket(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Ten tokens at once, and the next one only long after the test."""
    monkeypatch.setattr(throttling, "BURST_S", 10_000)
    settings.API_RATE = 0.001


@pytest.mark.usefixtures("slow_bucket")
def test_a_request_is_counted_once_with_or_without_the_cache(merchant: Any) -> None:
    offer(1, owner=merchant)
    left = [
        Client().get(LIST, headers={"Accept": accepted}, REMOTE_ADDR="192.0.2.78").headers
        for accepted in ("*/*", "*/*", WORDY)
    ]

    assert [headers["RateLimit"].split(";")[1] for headers in left] == ["r=9", "r=8", "r=7"]


@pytest.mark.usefixtures("slow_bucket")
def test_a_request_is_counted_when_valkey_has_forgotten_the_script(merchant: Any) -> None:
    offer(1, owner=merchant)
    Client().get(LIST, REMOTE_ADDR="192.0.2.79")
    with redis.Redis.from_url(settings.CACHE_URL) as store:
        store.script_flush()
    answer = Client().get(LIST, REMOTE_ADDR="192.0.2.79")

    assert (answer.status_code, answer.headers["RateLimit"].split(";")[1]) == (200, "r=8")


def test_an_unchanged_response_needs_no_query(client: Client, merchant: Any) -> None:
    offer(1, owner=merchant)
    tag = client.get(LIST).headers["ETag"]

    assert queries(client, LIST, if_none_match=tag) == (304, 0)
    assert queries(client, LIST, if_none_match='"other"') == (200, 0)


WRITES: dict[str, Callable[[Any, Any], Any]] = {
    "a price": lambda p, by: services.set_price(
        product_id=p.pk, price=Decimal(5), currency="EUR", by=by
    ),
    "a stock": lambda p, by: services.adjust_stock(product_id=p.pk, quantity=4, by=by),
    "a name": lambda p, by: services.update_product(product_id=p.pk, name="Other", by=by),
    "a picture": lambda p, by: services.add_image(product_id=p.pk, url="https://a.test/9", by=by),
    "no picture": lambda p, by: services.remove_image(
        product_id=p.pk, image_id=Image.objects.filter(product=p).latest("pk").pk, by=by
    ),
    "a draft": lambda p, by: services.unpublish_product(product_id=p.pk, by=by),
    "another product": lambda _, by: services.create_product(
        sku="N", name="New", category="home", price=Decimal(1), is_published=True, by=by
    ),
    "a file": lambda _, by: import_products(
        lines=["sku,name,category,price,is_published\n", "F,File,home,1,true\n"], by=by
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_write_is_shown_at_once(what: str, client: Client, merchant: Any) -> None:
    product = offer(1, owner=merchant)
    before = client.get(LIST).json()
    WRITES[what](product, merchant)
    after = client.get(LIST).json()

    assert after != before
    responses.clear()  # another process
    assert client.get(LIST).json() == after


def test_a_category_is_shown_at_once_with_the_products_in_it(client: Client, merchant: Any) -> None:
    offer(1, owner=merchant)
    addresses = (LIST, CATEGORIES, f"{LIST}?category=garden")
    before = [client.get(address).json() for address in addresses]
    services.move_category(slug="kettles", parent="garden", by=person("admin", "admin"))
    after = [client.get(address).json() for address in addresses]

    assert after[0]["results"][0]["category"]["path"] == "garden/kettles"
    assert [len(page["results"]) for page in after] == [1, 3, 1]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_draft_is_never_cached(client: Client, merchant: Any) -> None:
    draft = offer(1, owner=merchant, is_published=False)
    address = f"{LIST}{draft.pk}/"

    assert signed_in(merchant).get(address).status_code == 200
    assert client.get(address).status_code == 404
    assert signed_in(merchant).get(address).status_code == 200


def test_public_product_is_hidden_as_soon_as_it_is_a_draft(client: Client, merchant: Any) -> None:
    product = offer(1, owner=merchant)
    address = f"{LIST}{product.pk}/"
    assert client.get(address).status_code == 200
    services.unpublish_product(product_id=product.pk, by=merchant)

    assert client.get(address).status_code == 404


def test_personal_lists_are_never_cached(merchant: Any) -> None:
    offer(1, owner=merchant)
    mine, other = signed_in(merchant), signed_in(person("other", "merchant"))

    assert len(mine.get(f"{LIST}own/").json()["results"]) == 1
    assert other.get(f"{LIST}own/").json()["results"] == []
    assert Client().get(f"{LIST}own/").status_code == 401


def test_a_wrong_token_is_refused_although_a_response_is_cached(
    client: Client, merchant: Any
) -> None:
    offer(1, owner=merchant)
    client.get(LIST)
    answer = client.get(LIST, headers={"Authorization": "Bearer made-up"})

    assert answer.status_code == 401


@pytest.mark.parametrize("by", ["token", "session"])
def test_a_lost_database_is_reported_although_a_response_is_cached(
    by: str, client: Client, merchant: Any
) -> None:
    offer(1, owner=merchant)
    known = signed_in(merchant)
    if by == "session":
        known = client
        known.force_login(merchant)
    assert known.get(LIST).status_code == 200

    def lost(*_statement: object) -> None:
        raise OperationalError("the connection is lost")

    with connection.execute_wrapper(lost):
        answer = known.get(LIST)

    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"


def test_a_wrong_parameter_is_refused_every_time(client: Client, merchant: Any) -> None:
    product = offer(1, owner=merchant)
    for address in (f"{LIST}?nope=1", f"{LIST}{product.pk}/?nope=1", f"{LIST}?limit=0"):
        assert [client.get(address).status_code for _ in range(2)] == [400, 400]


def test_indented_json_is_only_sent_on_request(client: Client, merchant: Any) -> None:
    offer(1, owner=merchant)
    indented = client.get(LIST, headers={"Accept": "application/json; indent=2"})
    plain = client.get(LIST)

    assert indented.content.startswith(b"{\n")
    assert plain.content.startswith(b'{"results"')
    assert client.get(LIST, headers={"Accept": "text/html"}).status_code == 406


def test_a_listing_that_changes_is_shown_at_once(client: Client) -> None:
    host = person("host", "host")
    place = create_listing(
        title="Loft", description="", city="Porto", country="PT", latitude=Decimal(1),
        longitude=Decimal(1), capacity=2, price_per_night=Decimal(9),
        cancellation_policy="flexible", is_published=True, by=host,
    )  # fmt: skip
    for address in ("/api/v1/stays/", f"/api/v1/stays/{place.pk}/"):
        assert b"Loft" in client.get(address).content
        assert queries(client, address) == (200, 0)
    change_listing(listing_id=place.pk, title="Flat", by=host)
    for address in ("/api/v1/stays/", f"/api/v1/stays/{place.pk}/"):
        assert b"Flat" in client.get(address).content


def test_availability_is_never_cached(client: Client) -> None:
    soon = timezone.localdate() + timedelta(days=30)
    address = f"/api/v1/stays/?arrival={soon}"
    client.get(address)

    assert queries(client, address) == (200, 1)
