"""Stays over REST and GraphQL: search, calendars, bookings, and what a list costs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nexus.apps.stays.models import Booking, Listing, Review
from tests.support.factories import JSON, day, person, place, season, signed_in, stay

pytestmark = pytest.mark.django_db

LIST = "/api/v1/stays/"
NEW = {
    "title": "A room",
    "city": "Lyon",
    "country": "FR",
    "latitude": "45.76000",
    "longitude": "4.83000",
    "capacity": 3,
    "price_per_night": "50.00",
}


@pytest.fixture
def host() -> Any:
    return person("host", "host")


@pytest.fixture
def guest() -> Any:
    return person("guest")


def walk(client: Client, address: str | None) -> list[Any]:
    found: list[Any] = []
    while address:
        page = client.get(address).json()
        found += page["results"]
        address = page["next"]
    return found


def ids(client: Client, query: str) -> list[int]:
    return [listing["id"] for listing in walk(client, f"{LIST}?{query}")]


def send(client: Client, address: str, body: Any = None) -> Any:
    return client.post(address, body, content_type=JSON)


def data(client: Client, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    answer = client.post("/graphql/", body, content_type=JSON).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


# Search.


def test_a_walk_in_any_order_is_the_sorted_list(client: Client) -> None:
    made = [place(price_per_night=Decimal(number % 4)) for number in range(13)]
    keys: dict[str, Any] = {
        "newest": lambda p: -p.pk,
        "price": lambda p: (p.price_per_night, p.pk),
        "-price": lambda p: (-p.price_per_night, -p.pk),
    }
    for order, key in keys.items():
        expected = [listing.pk for listing in sorted(made, key=key)]
        assert ids(client, f"order={order}&limit=4") == expected, order


def test_listings_are_chosen_by_every_filter(client: Client) -> None:
    porto = place(price_per_night=80)
    lyon = place(city="Lyon", country="FR", capacity=4, price_per_night=120)
    place(is_published=False)

    expected = {
        "": [lyon, porto],
        "city=pORTO": [porto],
        "city=Port": [],
        "country=FR": [lyon],
        "guests=2": [lyon, porto],
        "guests=3": [lyon],
        "min_price=80.01": [lyon],
        "max_price=80": [porto],
        f"city=porto&country=PT&guests=1&max_price=100&arrival={day(1)}&nights=30": [porto],
    }
    for query, found in expected.items():
        assert ids(client, query) == [listing.pk for listing in found], query


def test_with_dates_only_what_is_free_in_every_night_is_found(client: Client, guest: Any) -> None:
    free, taken = place(), place()
    stay(taken, guest, first=10, nights=3)
    cancelled = stay(free, guest, first=10, nights=3)
    Booking.objects.filter(pk=cancelled.pk).update(
        status="cancelled", refund=0, cancelled_at=timezone.now()
    )

    for first, nights in ((10, 1), (12, 1), (8, 3), (1, 30)):
        assert ids(client, f"arrival={day(first)}&nights={nights}") == [free.pk], (first, nights)
    for first, nights in ((13, 5), (7, 3)):
        assert ids(client, f"arrival={day(first)}&nights={nights}") == [taken.pk, free.pk]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("order=size", 400, "invalid_input"),
        ("country=pt", 400, "invalid_input"),
        ("city=%00", 400, "invalid_input"),
        ("nights=31", 400, "invalid_input"),
        ("guests=0", 400, "invalid_input"),
        ("arrival=tomorrow", 400, "invalid_input"),
        ("arrival=2020-01-01", 409, "dates_refused"),
        ("arrival=9999-12-31", 409, "dates_refused"),
        ("after=nope", 400, "cursor_invalid"),
    ],
)
def test_a_filter_that_cannot_be_is_named(
    client: Client, query: str, status: int, code: str
) -> None:
    answer = client.get(f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


# Listings.


def test_a_listing_is_offered_published_and_changed(client: Client, host: Any) -> None:
    own = signed_in(host)
    answer = send(own, LIST, NEW)
    address = answer.headers["Location"]
    made = answer.json()

    assert answer.status_code == 201
    assert (made["host"], made["is_published"], made["cancellation_policy"]) == (
        host.pk,
        False,
        "flexible",
    )
    assert {name: made[name] for name in NEW} == NEW
    assert client.get(address).status_code == 404
    read = own.get(address)
    tag = {"If-Match": read.headers["ETag"]}
    published = own.patch(address, {"is_published": True}, content_type=JSON, headers=tag)
    assert published.status_code == 200
    assert client.get(address).json() == published.json()

    late = own.patch(address, {"title": "Late"}, content_type=JSON, headers=tag)
    assert (late.status_code, late.json()["code"]) == (412, "listing_changed")
    blind = own.patch(address, {"title": "Blind"}, content_type=JSON)
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition_required")
    fresh = {"If-None-Match": published.headers["ETag"]}
    assert client.get(address, headers=fresh).status_code == 304
    assert [listing["id"] for listing in walk(own, f"{LIST}own/")] == [made["id"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": "90.00001"},
        {"longitude": "-180.5"},
        {"country": "pt"},
        {"capacity": 0},
        {"price_per_night": "-1"},
        {"title": " "},
        {"cancellation_policy": "none"},
    ],
)
def test_invalid_listing_is_refused(host: Any, wrong: dict[str, Any]) -> None:
    answer = send(signed_in(host), LIST, {**NEW, **wrong})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{next(iter(wrong))}"]
    assert not Listing.objects.exists()


# Calendars.


def test_a_calendar_has_free_nights_and_prices(client: Client, guest: Any) -> None:
    listing = place()
    first = day(40).replace(day=1)
    away = (first - day(0)).days
    stay(listing, guest, first=away + 4, nights=3)
    season(listing, first=away + 6, nights=2)
    found = client.get(f"{LIST}{listing.pk}/calendar/?month={first:%Y-%m}").json()

    days = found["days"]
    assert (found["month"], found["currency"]) == (f"{first:%Y-%m}", "EUR")
    assert [one["date"] for one in days] == [f"{first:%Y-%m}-{n + 1:02}" for n in range(len(days))]
    assert [n for n, one in enumerate(days) if not one["is_free"]] == [4, 5, 6]
    assert [n for n, one in enumerate(days) if one["price_per_night"] == "100.00"] == [6, 7]
    assert {one["price_per_night"] for one in days} == {"100.00", "80.00"}

    query = """query ($id: BigInt!, $month: String!) { stayCalendar(listing: $id, month: $month) {
        month currency days { date isFree pricePerNight } } }"""
    told = data(client, query, id=listing.pk, month=f"{first:%Y-%m}")["stayCalendar"]
    assert told["days"] == [
        {"date": d["date"], "isFree": d["is_free"], "pricePerNight": d["price_per_night"]}
        for d in days
    ]


def test_nights_that_have_gone_are_not_free(client: Client) -> None:
    listing = place()
    past = client.get(f"{LIST}{listing.pk}/calendar/?month=2024-02").json()["days"]

    assert [one["is_free"] for one in past] == [False] * 29
    for month in ("2024-13", "2024-2", "24-02", ""):
        answer = client.get(f"{LIST}{listing.pk}/calendar/?month={month}")
        assert (month, answer.status_code) == (month, 400)


def test_a_calendar_is_read_in_one_query(client: Client, guest: Any) -> None:
    listing = place()
    for number in range(8):
        stay(listing, guest, first=3 * number, nights=2)
    with CaptureQueriesContext(connection) as counted:
        client.get(f"{LIST}{listing.pk}/calendar/?month={day(0):%Y-%m}")
    assert len([query for query in counted if "generate_series" in query["sql"]]) == 1
    assert len(counted) == 2


# Bookings.


def test_a_stay_is_booked_shown_cancelled_and_booked_again(host: Any, guest: Any) -> None:
    listing = place(host)
    season(listing, first=11, nights=1)
    client, other = signed_in(guest), signed_in(person("other"))
    wanted = {"arrival": str(day(10)), "nights": 2, "guests": 2}
    answer = send(client, f"{LIST}{listing.pk}/bookings/", wanted)
    address, made = answer.headers["Location"], answer.json()

    assert answer.status_code == 201
    assert (made["arrival"], made["departure"]) == (str(day(10)), str(day(12)))
    assert (made["night_prices"], made["total"]) == (["80.00", "100.00"], "180.00")
    assert client.get(address).json() == made
    assert signed_in(host).get(address).json() == made
    assert other.get(address).status_code == 404

    taken = send(other, f"{LIST}{listing.pk}/bookings/", wanted)
    assert (taken.status_code, taken.json()["code"]) == (409, "dates_taken")
    cancelled = send(client, f"{address}cancel/").json()
    assert (cancelled["status"], cancelled["refund"]) == ("cancelled", "180.00")
    assert send(client, f"{address}cancel/").json()["code"] == "booking_cancelled"
    assert send(other, f"{LIST}{listing.pk}/bookings/", wanted).status_code == 201
    assert [b["id"] for b in walk(client, f"{LIST}bookings/own/")] == [made["id"]]
    assert len(walk(signed_in(host), f"{LIST}{listing.pk}/bookings/")) == 2


def test_a_stay_is_reviewed_after_it_ended(guest: Any) -> None:
    listing = place()
    ended = stay(listing, guest, first=-4, nights=2)
    client = signed_in(guest)
    address = f"{LIST}bookings/{ended.pk}/review/"

    assert send(client, address, {"rating": 6}).status_code == 400
    made = send(client, address, {"rating": 5, "text": "Quiet."})
    assert made.status_code == 201
    assert send(client, address, {"rating": 5}).json()["code"] == "review_exists"
    assert walk(Client(), f"{LIST}{listing.pk}/reviews/") == [made.json()]


def test_the_same_walk_over_graphql(host: Any, guest: Any) -> None:
    own, client = signed_in(host), signed_in(guest)
    create = """mutation { createListing(title: "A room", city: "Lyon", country: "FR",
        latitude: "45.76", longitude: "4.83", capacity: 3, pricePerNight: "50.00") {
        id version isPublished cancellationPolicy } }"""
    listing = data(own, create)["createListing"]
    assert (listing["isPublished"], listing["cancellationPolicy"]) == (False, "FLEXIBLE")
    change = """mutation ($id: BigInt!) { changeListing(id: $id, version: 0, isPublished: true,
        cancellationPolicy: MODERATE) { version isPublished cancellationPolicy } }"""
    assert data(own, change, id=listing["id"])["changeListing"] == {
        "version": 1,
        "isPublished": True,
        "cancellationPolicy": "MODERATE",
    }
    price = """mutation ($id: BigInt!, $day: Date!) { setSeasonPrice(listing: $id, firstNight: $day,
        nights: 1, pricePerNight: "70") { id firstNight lastNight pricePerNight } }"""
    seasonal = data(own, price, id=listing["id"], day=str(day(4)))["setSeasonPrice"]
    assert seasonal["firstNight"] == seasonal["lastNight"] == str(day(4))

    find = """query ($day: Date!) { listings(city: "lyon", arrival: $day, nights: 2, guests: 3) {
        edges { node { id } } } }"""
    assert data(client, find, day=str(day(4)))["listings"]["edges"] == [
        {"node": {"id": listing["id"]}}
    ]
    book = """mutation ($id: BigInt!, $day: Date!) { book(listing: $id, arrival: $day, nights: 2,
        guests: 3) { id status total nightPrices arrival departure listing { title } } }"""
    made = data(client, book, id=listing["id"], day=str(day(4)))["book"]
    assert (made["total"], made["nightPrices"]) == ("120.00", ["70.00", "50.00"])
    assert made["listing"] == {"title": "A room"}
    cancel = "mutation ($id: BigInt!) { cancelBooking(id: $id) { status refund } }"
    assert data(client, cancel, id=made["id"])["cancelBooking"] == {
        "status": "CANCELLED",
        "refund": "60.00",
    }
    remove = """mutation ($id: BigInt!, $season: BigInt!) {
        removeSeasonPrice(listing: $id, season: $season) { id } }"""
    assert data(own, remove, id=listing["id"], season=seasonal["id"])
    seasons = "query ($id: BigInt!) { seasonPrices(listing: $id) { edges { cursor } } }"
    assert data(client, seasons, id=listing["id"])["seasonPrices"]["edges"] == []

    ended = stay(Listing.objects.get(), guest, first=-4, nights=2)
    review = "mutation ($id: BigInt!) { reviewStay(booking: $id, rating: 4) { rating } }"
    assert data(client, review, id=ended.pk) == {"reviewStay": {"rating": 4}}


# The queries of a list.


LISTS: dict[str, tuple[str, str]] = {
    "listings": (f"{LIST}?limit=100", "listings(first: 100) { edges { node { id host title } } }"),
    "seasons": (
        LIST + "{listing}/seasons/?limit=100",
        "seasonPrices(listing: {listing}, first: 100) { edges { node { id lastNight } } }",
    ),
    "reviews": (
        LIST + "{listing}/reviews/?limit=100",
        "reviews(listing: {listing}, first: 100) { edges { node { id rating } } }",
    ),
    "bookings": (
        LIST + "{listing}/bookings/?limit=100",
        (
            "listingBookings(listing: {listing}, first: 100) "
            "{ edges { node { id total arrival listing { title } } } }"
        ),
    ),
    "own bookings": (
        LIST + "bookings/own/?limit=100",
        "ownBookings(first: 100) { edges { node { id guest departure listing { city } } } }",
    ),
    "own listings": (LIST + "own/?limit=100", "ownListings(first: 100) { edges { node { id } } }"),
}


def queries_of(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as counted:
        ask()
    return len([q for q in counted if "django_session" not in q["sql"]])


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_as_many_queries_for_one_row_as_for_many(name: str, host: Any) -> None:
    client = signed_in(host)
    listing = place(host)
    address, query = (text.replace("{listing}", str(listing.pk)) for text in LISTS[name])

    def counts() -> tuple[int, int]:
        rest = queries_of(lambda: client.get(address))
        return rest, queries_of(lambda: data(client, f"{{ {query} }}"))

    def add(number: int) -> None:
        booking = stay(listing, host, first=-9 - 3 * number, nights=2)
        Review.objects.create(booking=booking, rating=4)
        season(listing, first=5 * number, nights=2)

    add(0)
    one = counts()
    for number in range(1, 30):
        add(number)
        place(host)
    assert counts() == one
    assert len(client.get(address).json()["results"]) == 30
