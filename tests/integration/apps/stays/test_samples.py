"""Sample travel sites: the requested rows, the same every time."""

import hashlib
from datetime import date

import pytest
from django.db.models import F, Func, Q
from django.db.models.fields import DateField

from nexus.apps.stays.models import Booking, Listing, Review, SeasonPrice
from nexus.apps.stays.samples import TravelSite

pytestmark = pytest.mark.django_db

TODAY = date(2026, 1, 1)


def fingerprint() -> str:
    rows = Booking.objects.order_by("listing__title", "nights").values_list(
        "listing__title", "listing__city", "nights", "status", "total", "review__rating"
    )
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


def test_site_has_the_size_asked_for() -> None:
    TravelSite(bookings=1_030, each=50).fill()

    assert (Booking.objects.count(), Listing.objects.count()) == (1_030, 21)
    assert SeasonPrice.objects.count() == 21
    assert {listing.bookings.count() for listing in Listing.objects.all()} == {50, 30}


def test_site_without_bookings_is_empty() -> None:
    TravelSite().fill()
    assert not Listing.objects.exists()


def test_site_has_stays_of_every_kind() -> None:
    TravelSite(bookings=1_000, each=50).fill()
    departure = Func(F("nights"), function="upper", output_field=DateField())
    rows = Booking.objects.annotate(left=departure)
    ended = Q(left__lte=TODAY)

    for kind in (ended, ~ended, Q(status="cancelled"), Q(status="booked")):
        assert rows.filter(kind).exists(), kind
    assert Listing.objects.filter(is_published=True).count() == 20
    assert set(Review.objects.values_list("rating", flat=True)) == {1, 2, 3, 4, 5}
    assert not rows.filter(~ended | Q(status="cancelled"), review__isnull=False).exists()


def test_site_is_the_same_every_time() -> None:
    TravelSite(bookings=300, each=30).fill()
    first = fingerprint()
    for model in (Review, Booking, SeasonPrice, Listing):
        model.objects.all().delete()
    TravelSite(bookings=300, each=30).fill()
    assert first == fingerprint()


def test_key_names_what_the_rows_are_made_from() -> None:
    keys = {
        TravelSite(bookings=5).key,
        TravelSite(bookings=6).key,
        TravelSite(bookings=5, each=5).key,
        TravelSite(bookings=5, today=date(2026, 2, 1)).key,
    }
    assert len(keys) == 4
