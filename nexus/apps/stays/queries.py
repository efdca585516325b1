"""Reads of listings, their calendars, bookings and reviews."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, Expression, OuterRef, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone

from nexus.apps.stays.errors import (
    BookingNotFoundError,
    DatesRefusedError,
    ListingNotFoundError,
    StayNotAllowedError,
)
from nexus.apps.stays.models import Booking, Listing, Review, SeasonPrice
from nexus.apps.stays.permissions import may_manage, may_see
from nexus.apps.stays.policies import BookingStatus

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor


__all__ = [
    "ORDERS",
    "Calendar",
    "Day",
    "find_listings",
    "get_booking",
    "get_calendar",
    "get_listing",
    "list_bookings",
    "list_own_bookings",
    "list_own_listings",
    "list_reviews",
    "list_seasons",
    "night_range",
    "public_listing",
]

ORDERS: Mapping[str, tuple[str, ...]] = {
    "newest": ("-id",),
    "price": ("price_per_night", "id"),
    "-price": ("-price_per_night", "-id"),
}
"""The sort orders of listings; each is total, and each has an index."""

FARTHEST = timedelta(days=730)
"""How far ahead the first night may be."""

CALENDAR = """
SELECT day::date,
       day::date >= %(today)s AND NOT EXISTS (
           SELECT FROM stays_booking AS booking
           WHERE booking.status <> %(cancelled)s
               -- The same listing, written so that the constraint's index is used.
               AND int8range(booking.listing_id, booking.listing_id, '[]')
                   && int8range(listing.id, listing.id, '[]')
               AND booking.nights @> day::date
       ),
       coalesce(season.price_per_night, listing.price_per_night)
FROM stays_listing AS listing
CROSS JOIN generate_series(
    %(first)s::timestamp, %(first)s::timestamp + interval '1 month - 1 day', '1 day'
) AS day
LEFT JOIN stays_seasonprice AS season
    ON season.listing_id = listing.id AND season.nights @> day::date
WHERE listing.id = %(listing)s
ORDER BY day
"""


@dataclass(frozen=True, slots=True)
class Day:
    """One night of a listing: whether it can be booked, and its price."""

    date: date
    is_free: bool
    price_per_night: Decimal


@dataclass(frozen=True, slots=True)
class Calendar:
    """The nights of one month."""

    month: str
    currency: str
    days: tuple[Day, ...]


def night_range(arrival: date, nights: int) -> DateRange:
    """Return the half-open range of `nights` nights from `arrival`. Raises `DatesRefusedError`."""
    today = timezone.localdate()
    if not today <= arrival <= today + FARTHEST:
        raise DatesRefusedError
    return DateRange(arrival, arrival + timedelta(days=nights), "[)")


def find_listings(  # noqa: PLR0913 -- one argument for each documented filter
    *,
    city: str | Expression = "",
    country: str = "",
    arrival: date | None = None,
    nights: int = 1,
    guests: int | None = None,
    min_price: Decimal | None = None,
    max_price: Decimal | None = None,
) -> QuerySet[Listing]:
    """Return the published listings that match every filter.

    With `arrival`, only those that are free in all `nights` nights. Texts and prices may be query
    expressions. Raises `DatesRefusedError`.
    """
    rows = Listing.objects.filter(is_published=True)
    if city:
        name = Value(city) if isinstance(city, str) else city
        rows = rows.filter(Exact(Lower("city"), Lower(name)))
    if country:
        rows = rows.filter(country=country)
    if guests is not None:
        rows = rows.filter(capacity__gte=guests)
    if min_price is not None:
        rows = rows.filter(price_per_night__gte=min_price)
    if max_price is not None:
        rows = rows.filter(price_per_night__lte=max_price)
    if arrival is not None:
        requested = night_range(arrival, nights)
        taken = Booking.objects.filter(listing=OuterRef("pk"), nights__overlap=requested)
        rows = rows.exclude(Exists(taken.exclude(status=BookingStatus.CANCELLED.value)))
    return rows


def list_own_listings(by: "Actor | None") -> QuerySet[Listing]:
    """Return the listings of a host, including unpublished ones."""
    # Listings without a host belong to the site, not to an anonymous user.
    known = by is not None and by.is_authenticated
    return Listing.objects.filter(host_id=by.pk) if by and known else Listing.objects.none()


def public_listing(*, listing_id: int) -> QuerySet[Listing]:
    """Return the listing of this id, if it is published."""
    return Listing.objects.filter(pk=listing_id, is_published=True)


def get_listing(listing_id: int, *, by: "Actor | None" = None) -> Listing:
    """Return one listing; an unpublished one only if `by` manages it.

    Raises `ListingNotFoundError`.
    """
    listing = Listing.objects.filter(pk=listing_id).first()
    if listing is None or not (listing.is_published or may_manage(by, listing)):
        raise ListingNotFoundError
    return listing


def list_seasons(listing_id: int, *, by: "Actor | None" = None) -> QuerySet[SeasonPrice]:
    """Return the seasons of a listing that `by` may see. Raises `ListingNotFoundError`."""
    return SeasonPrice.objects.filter(listing=get_listing(listing_id, by=by))


def get_calendar(listing_id: int, *, month: str, by: "Actor | None" = None) -> Calendar:
    """Return the nights of a month, such as `2026-12`, in one query.

    Raises `ListingNotFoundError`.
    """
    listing = get_listing(listing_id, by=by)
    parameters: dict[str, int | str | date] = {
        "listing": listing.pk,
        "first": date.fromisoformat(f"{month}-01"),
        "today": timezone.localdate(),
        "cancelled": BookingStatus.CANCELLED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(CALENDAR, parameters)
        return Calendar(month, listing.currency, tuple(Day(*row) for row in cursor.fetchall()))


def list_own_bookings(by: "Actor | None") -> QuerySet[Booking]:
    """Return the bookings that `by` made, with their listings."""
    known = by is not None and by.is_authenticated
    own = Booking.objects.filter(guest_id=by.pk) if by and known else Booking.objects.none()
    return own.select_related("listing")


def list_bookings(listing_id: int, *, by: "Actor | None") -> QuerySet[Booking]:
    """Return the bookings of a listing that `by` manages.

    Raises `ListingNotFoundError`, `StayNotAllowedError`.
    """
    listing = get_listing(listing_id, by=by)
    if not may_manage(by, listing):
        raise StayNotAllowedError
    return Booking.objects.filter(listing=listing).select_related("listing")


def get_booking(booking_id: int, *, by: "Actor | None") -> Booking:
    """Return one booking, if `by` may see it. Raises `BookingNotFoundError`."""
    booking = Booking.objects.select_related("listing").filter(pk=booking_id).first()
    if booking is None or not may_see(by, booking):
        raise BookingNotFoundError
    return booking


def list_reviews(listing_id: int, *, by: "Actor | None" = None) -> QuerySet[Review]:
    """Return the reviews of a listing that `by` may see. Raises `ListingNotFoundError`."""
    return Review.objects.filter(booking__listing=get_listing(listing_id, by=by))
