"""Writes of stays: permissions, refusals, and the constraints of the database."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from nexus.apps.stays import errors, queries, services
from nexus.apps.stays.models import Booking, Listing, SeasonPrice
from nexus.core.audit.models import Entry
from tests.support.factories import day, person, place, stay
from tests.support.races import count_overlaps, race

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

PLACE: services.Place = {
    "title": "A room",
    "city": "Lyon",
    "country": "FR",
    "latitude": Decimal("45.76"),
    "longitude": Decimal("4.83"),
    "capacity": 3,
    "price_per_night": Decimal("50.00"),
}


@pytest.fixture
def host() -> Any:
    return person("host", "host")


@pytest.fixture
def guest() -> Any:
    return person("guest")


def book(
    listing: Listing, by: Any, *, first: int = 10, nights: int = 3, guests: int = 2
) -> Booking:
    return services.book(
        listing_id=listing.pk, arrival=day(first), nights=nights, guests=guests, by=by
    )


# Listings.


def test_hosts_and_admins_offer_places_as_drafts(host: Any) -> None:
    made = services.create_listing(by=host, **PLACE)

    assert (made.host, made.is_published, made.currency, made.version) == (host, False, "EUR", 0)
    assert services.create_listing(by=person("admin", "admin"), **PLACE).pk
    for other in (person("merchant", "merchant"), AnonymousUser()):
        with pytest.raises(errors.StayNotAllowedError):
            services.create_listing(by=other, **PLACE)


def test_a_change_of_an_outdated_version_is_refused(host: Any) -> None:
    listing = place(host)
    services.change_listing(listing_id=listing.pk, by=host, version=0, title="First")
    with pytest.raises(errors.ListingChangedError):
        services.change_listing(listing_id=listing.pk, by=host, version=0, title="Second")
    assert queries.get_listing(listing.pk).title == "First"


def test_a_draft_is_not_there_for_others(host: Any) -> None:
    draft = place(host, is_published=False)
    other = person("other", "host")

    assert queries.get_listing(draft.pk, by=host) == draft
    with pytest.raises(errors.ListingNotFoundError):
        queries.get_listing(draft.pk, by=other)
    with pytest.raises(errors.ListingNotFoundError):
        services.change_listing(listing_id=draft.pk, by=other, is_published=True)
    services.change_listing(listing_id=draft.pk, by=host, is_published=True)
    with pytest.raises(errors.StayNotAllowedError):
        services.change_listing(listing_id=draft.pk, by=other, is_published=False)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"latitude": Decimal("90.1")}, "stays_listing_latitude_on_earth"),
        ({"longitude": Decimal("-180.1")}, "stays_listing_longitude_on_earth"),
        ({"country": "pt"}, "stays_listing_country_iso_3166"),
        ({"currency": "eur"}, "stays_listing_currency_iso_4217"),
        ({"capacity": 0}, "stays_listing_capacity_positive"),
        ({"price_per_night": Decimal(-1)}, "stays_listing_price_not_negative"),
        ({"cancellation_policy": "none"}, "stays_listing_policy_known"),
    ],
)
def test_the_database_refuses_an_invalid_listing(wrong: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        place(**wrong)


# Seasons.


def set_season(listing: Listing, by: Any, first: int, nights: int, price: int) -> SeasonPrice:
    return services.set_season_price(
        listing_id=listing.pk,
        first_night=day(first),
        nights=nights,
        price_per_night=Decimal(price),
        by=by,
    )


def test_seasons_of_one_listing_share_no_night(host: Any) -> None:
    listing = place(host)
    made = set_season(listing, host, 10, 5, 100)
    set_season(listing, host, 15, 1, 120)
    set_season(place(host), host, 10, 5, 100)
    with pytest.raises(errors.SeasonTakenError):
        set_season(listing, host, 14, 1, 90)

    services.remove_season_price(listing_id=listing.pk, season_id=made.pk, by=host)
    set_season(listing, host, 14, 1, 90)
    with pytest.raises(errors.SeasonNotFoundError):
        services.remove_season_price(listing_id=listing.pk, season_id=made.pk, by=host)


def test_seasons_are_set_by_the_host_and_not_for_the_past(host: Any, guest: Any) -> None:
    listing = place(host)
    with pytest.raises(errors.StayNotAllowedError):
        set_season(listing, guest, 10, 5, 1)
    with pytest.raises(errors.DatesRefusedError):
        set_season(listing, host, -1, 5, 1)


# Bookings.


def test_each_night_costs_what_its_season_says_at_booking(host: Any, guest: Any) -> None:
    listing = place(host)
    set_season(listing, host, 11, 2, 100)
    made = book(listing, guest, first=10, nights=4)
    services.change_listing(listing_id=listing.pk, by=host, price_per_night=Decimal(999))
    set_season(listing, host, 13, 1, 500)

    kept = queries.get_booking(made.pk, by=guest)
    assert kept.night_prices == [Decimal(80), Decimal(100), Decimal(100), Decimal(80)]
    assert (kept.total, kept.currency, kept.status) == (Decimal(360), "EUR", "booked")
    assert (kept.arrival, kept.departure) == (day(10), day(14))


def test_a_night_is_booked_once_and_the_day_of_departure_is_free(guest: Any) -> None:
    listing = place()
    book(listing, guest, first=10, nights=3)
    for first, nights in ((10, 3), (8, 3), (12, 1), (5, 20)):
        with pytest.raises(errors.DatesTakenError):
            book(listing, guest, first=first, nights=nights)
    book(listing, guest, first=13, nights=1)
    book(listing, guest, first=9, nights=1)
    book(place(), guest, first=10, nights=3)


def test_invalid_booking_is_refused(guest: Any) -> None:
    listing = place()
    for first in (-1, 731):
        with pytest.raises(errors.DatesRefusedError):
            book(listing, guest, first=first)
    with pytest.raises(errors.TooManyGuestsError):
        book(listing, guest, guests=3)
    with pytest.raises(errors.ListingNotFoundError):
        book(place(is_published=False), guest)
    with pytest.raises(errors.StayNotAllowedError):
        book(listing, AnonymousUser())
    assert not Booking.objects.exists()
    assert book(listing, guest, first=0).arrival == day(0)
    assert book(listing, guest, first=730).arrival == day(730)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"guests": 0}, "stays_booking_guests_positive"),
        ({"night_prices": [1]}, "stays_booking_price_for_each_night"),
        ({"total": -1}, "stays_booking_total_not_negative"),
        ({"status": "lost"}, "stays_booking_refund_of_cancelled"),
        ({"cancellation_policy": "none"}, "stays_booking_policy_known"),
        ({"refund": 1}, "stays_booking_refund_of_cancelled"),
        ({"status": "cancelled"}, "stays_booking_refund_of_cancelled"),
    ],
)
def test_the_database_refuses_an_invalid_booking(wrong: dict[str, Any], constraint: str) -> None:
    listing = place()
    with pytest.raises(IntegrityError, match=constraint):
        stay(listing, first=1, nights=2, **wrong)


def test_no_more_is_refunded_than_was_paid() -> None:
    with pytest.raises(IntegrityError, match="stays_booking_refund_of_cancelled"):
        stay(
            place(),
            first=1,
            nights=1,
            status="cancelled",
            refund=Decimal("80.01"),
            cancelled_at=timezone.now(),
        )


# Cancelling.


@pytest.mark.parametrize(
    ("policy", "first", "back"),
    [
        ("flexible", 1, 160),
        ("flexible", 0, 0),
        ("moderate", 5, 160),
        ("moderate", 4, 80),
        ("moderate", 0, 0),
        ("strict", 14, 160),
        ("strict", 13, 80),
        ("strict", 6, 0),
    ],
)
def test_a_guest_gets_back_what_the_policy_of_the_booking_says(
    host: Any, guest: Any, policy: str, first: int, back: int
) -> None:
    listing = place(host, cancellation_policy=policy)
    made = book(listing, guest, first=first, nights=2)
    other = "strict" if policy == "flexible" else "flexible"
    services.change_listing(listing_id=listing.pk, by=host, cancellation_policy=other)

    cancelled = services.cancel_booking(booking_id=made.pk, by=guest)

    assert (cancelled.status, cancelled.refund) == ("cancelled", Decimal(back))
    assert book(listing, guest, first=first, nights=2).pk != made.pk


def test_a_guest_gets_all_back_when_the_host_cancels(host: Any, guest: Any) -> None:
    listing = place(host, cancellation_policy="strict")
    for by in (host, person("admin", "admin")):
        made = book(listing, guest, first=0, nights=2)
        assert services.cancel_booking(booking_id=made.pk, by=by).refund == Decimal(160)


def test_a_booking_is_cancelled_once_and_before_it_ends(guest: Any) -> None:
    listing = place()
    made = stay(listing, guest, first=-1, nights=2)
    services.cancel_booking(booking_id=made.pk, by=guest)
    with pytest.raises(errors.BookingCancelledError):
        services.cancel_booking(booking_id=made.pk, by=guest)
    ended = stay(listing, guest, first=-3, nights=3)
    with pytest.raises(errors.BookingEndedError):
        services.cancel_booking(booking_id=ended.pk, by=guest)


def test_a_booking_of_others_is_not_there(host: Any, guest: Any) -> None:
    made = book(place(host), guest)
    for other in (person("other"), person("other host", "host"), AnonymousUser()):
        with pytest.raises(errors.BookingNotFoundError):
            services.cancel_booking(booking_id=made.pk, by=other)
        with pytest.raises(errors.BookingNotFoundError):
            queries.get_booking(made.pk, by=other)
    assert queries.get_booking(made.pk, by=host) == made


# Reviews.


def test_only_a_guest_who_stayed_reviews_and_once(host: Any, guest: Any) -> None:
    listing = place(host)
    ended = stay(listing, guest, first=-5, nights=5)
    with pytest.raises(errors.StayNotAllowedError):
        services.review_stay(booking_id=ended.pk, rating=5, by=host)
    with pytest.raises(errors.BookingNotFoundError):
        services.review_stay(booking_id=ended.pk, rating=5, by=person("other"))

    made = services.review_stay(booking_id=ended.pk, rating=4, text="Quiet.", by=guest)

    assert list(queries.list_reviews(listing.pk)) == [made]
    with pytest.raises(errors.ReviewExistsError):
        services.review_stay(booking_id=ended.pk, rating=1, by=guest)


def test_a_stay_that_has_not_ended_or_never_began_is_not_reviewed(guest: Any) -> None:
    listing = place()
    going_on = stay(listing, guest, first=-5, nights=6)
    cancelled = stay(
        listing,
        guest,
        first=-9,
        nights=2,
        status="cancelled",
        refund=0,
        cancelled_at=timezone.now(),
    )
    for booking in (going_on, cancelled):
        with pytest.raises(errors.StayNotEndedError):
            services.review_stay(booking_id=booking.pk, rating=5, by=guest)


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_is_one_to_five(guest: Any, rating: int) -> None:
    ended = stay(place(), guest, first=-5, nights=5)
    with pytest.raises(IntegrityError, match="stays_review_rating_one_to_five"):
        services.review_stay(booking_id=ended.pk, rating=rating, by=guest)


# Concurrent bookings.


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_at_one_moment_none_shares_a_night() -> None:
    listings = [place() for _ in range(3)]
    guest = person("guest")

    booked, refused = race(listings, guest, attempts=200, threads=8, seed=7)

    assert booked + refused == 200
    assert booked == Booking.objects.count()
    assert booked
    assert count_overlaps() == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_constraint_alone_keeps_others_out() -> None:
    listing = place()
    chance = random.Random(11)  # noqa: S311 -- a seeded choice of days, not a secret
    tries = [(chance.randrange(20), chance.randrange(1, 5)) for _ in range(30)]

    def insert(wanted: tuple[int, int]) -> bool:
        try:
            stay(listing, first=wanted[0], nights=wanted[1])
        except (IntegrityError, OperationalError):
            # Two that wait for each other in the index get a deadlock error.
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = sum(pool.map(insert, tries))
    assert made == Booking.objects.count()
    assert made
    assert count_overlaps() == 0


# The audit.


def told(of: Any) -> list[tuple[str, int | None, dict[str, Any]]]:
    """Return the audit entries of an object, the oldest first."""
    entries = Entry.objects.filter(kind=of._meta.label_lower, key=str(of.pk)).order_by("pk")
    return list(entries.values_list("action", "actor_id", "details"))


def test_the_audit_says_who_changed_a_listing(host: Any) -> None:
    admin = person("admin", "admin")
    listing = services.create_listing(by=host, **PLACE)
    services.change_listing(
        listing_id=listing.pk, by=admin, price_per_night=Decimal(60), is_published=True
    )
    season = services.set_season_price(
        listing_id=listing.pk, first_night=day(5), nights=2, price_per_night=Decimal(90), by=host
    )
    services.remove_season_price(listing_id=listing.pk, season_id=season.pk, by=host)

    changed = {
        "members": ["is_published", "price_per_night"],
        "before": "50.00",
        "after": "60.00",
        "is_published": True,
    }
    season_set = {"first_night": str(day(5)), "nights": 2, "price": "90.00"}
    assert told(listing) == [
        ("listing.offered", host.pk, {"price": "50.00"}),
        ("listing.changed", admin.pk, changed),
        ("listing.season_price_set", host.pk, season_set),
        ("listing.season_price_removed", host.pk, {"season": season.pk}),
    ]


def test_the_audit_says_who_booked_and_who_cancelled(host: Any, guest: Any) -> None:
    made = book(place(host), guest)
    services.cancel_booking(booking_id=made.pk, by=host)
    with pytest.raises(errors.BookingCancelledError):
        services.cancel_booking(booking_id=made.pk, by=guest)

    money = {"currency": "EUR"}
    assert told(made) == [
        ("booking.made", guest.pk, {"total": "240.00", **money}),
        ("booking.cancelled", host.pk, {"refund": "240.00", **money}),
    ]


def test_the_audit_says_nothing_of_a_booking_that_was_refused(host: Any, guest: Any) -> None:
    listing = place(host)
    made = book(listing, guest)
    with pytest.raises(errors.DatesTakenError):
        book(listing, person("other"))

    bookings = Entry.objects.filter(kind="stays.booking")
    assert list(bookings.values_list("key", flat=True)) == [str(made.pk)]
