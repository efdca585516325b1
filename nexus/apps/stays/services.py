"""Writes to listings, their seasons, bookings and reviews."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from nexus.apps.stays import queries
from nexus.apps.stays.errors import (
    BookingCancelledError,
    BookingEndedError,
    BookingNotFoundError,
    DatesTakenError,
    ListingChangedError,
    ListingNotFoundError,
    ReviewExistsError,
    SeasonNotFoundError,
    SeasonTakenError,
    StayNotAllowedError,
    StayNotEndedError,
    TooManyGuestsError,
)
from nexus.apps.stays.models import Booking, Listing, Review, SeasonPrice
from nexus.apps.stays.permissions import is_guest, may_cancel, may_host, may_manage, may_see
from nexus.apps.stays.policies import BookingStatus, CancellationPolicy, refund
from nexus.core.audit.services import record
from nexus.core.cache.responses import invalidate
from nexus.core.database.constraints import constraint_errors
from nexus.core.database.locks import get_for_update
from nexus.core.observability.metrics import BOOKINGS, count_on_commit, initialise_series

if TYPE_CHECKING:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from nexus.apps.users.actors import Actor


__all__ = [
    "MAX_NIGHTS",
    "MAX_SEASON_NIGHTS",
    "PLACES",
    "Changes",
    "Place",
    "book",
    "cancel_booking",
    "change_listing",
    "create_listing",
    "remove_season_price",
    "review_stay",
    "set_season_price",
]

PLACES = "stays"
"""The cache namespace of responses about listings; none of them says which nights are free."""

MAX_NIGHTS = 30
"""The maximum number of nights in one booking."""
MAX_SEASON_NIGHTS = 366

initialise_series(BOOKINGS, ("made", "cancelled"))


class Changes(TypedDict, total=False):
    """The fields an update may change; an absent field stays as it is."""

    title: str
    description: str
    city: str
    country: str
    latitude: Decimal
    longitude: Decimal
    capacity: int
    price_per_night: Decimal
    cancellation_policy: str
    is_published: bool


class Place(Changes, total=False):
    """The fields of a new listing; its currency cannot be changed later."""

    currency: str


@transaction.atomic
def create_listing(*, by: "Actor", **place: Unpack[Place]) -> Listing:
    """Create a listing, a draft unless `is_published`. Raises `StayNotAllowedError`."""
    invalidate(PLACES)
    if not by.is_authenticated or not may_host(by):
        raise StayNotAllowedError("Only hosts and administrators can create listings.")
    listing = Listing.objects.create(host_id=by.pk, **place)
    record("listing.offered", by=by, of=listing, price=f"{listing.price_per_night:.2f}")
    return queries.get_listing(listing.pk, by=by)


@transaction.atomic
def change_listing(
    *, listing_id: int, by: "Actor", version: int | None = None, **changes: Unpack[Changes]
) -> Listing:
    """Change or publish a listing, if its version is still the one that was read.

    Existing bookings keep their price and policy. Raises `ListingNotFoundError`,
    `StayNotAllowedError`, `ListingChangedError`.
    """
    invalidate(PLACES)
    listing = _managed(listing_id, by)
    if version is not None and listing.version != version:
        raise ListingChangedError
    Listing.objects.filter(pk=listing_id).update(**changes, version=F("version") + 1)
    record("listing.changed", by=by, of=listing, **_audit_details(listing, changes))
    return queries.get_listing(listing_id, by=by)


@transaction.atomic
def set_season_price(
    *, listing_id: int, first_night: date, nights: int, price_per_night: Decimal, by: "Actor"
) -> SeasonPrice:
    """Set a seasonal price for `nights` nights from `first_night`.

    Raises `ListingNotFoundError`, `StayNotAllowedError`, `DatesRefusedError`, `SeasonTakenError`.
    """
    listing = _managed(listing_id, by)
    season = queries.night_range(first_night, nights)
    with constraint_errors(SeasonTakenError):
        season_price = SeasonPrice.objects.create(
            listing=listing, nights=season, price_per_night=price_per_night
        )
    details = {"first_night": str(first_night), "nights": nights, "price": f"{price_per_night:.2f}"}
    record("listing.season_price_set", by=by, of=listing, **details)
    return season_price


@transaction.atomic
def remove_season_price(*, listing_id: int, season_id: int, by: "Actor") -> None:
    """Remove a seasonal price: its nights cost the usual price again.

    Raises `ListingNotFoundError`, `StayNotAllowedError`, `SeasonNotFoundError`.
    """
    listing = _managed(listing_id, by)
    if not listing.seasons.filter(pk=season_id).delete()[0]:
        raise SeasonNotFoundError
    record("listing.season_price_removed", by=by, of=listing, season=season_id)


@transaction.atomic
def book(*, listing_id: int, arrival: date, nights: int, guests: int, by: "Actor") -> Booking:
    """Book `nights` nights from `arrival`, at the current prices and policy.

    The database constraint decides whether they are free, never a query beforehand. Raises
    `ListingNotFoundError`, `DatesRefusedError`, `TooManyGuestsError`, `DatesTakenError`, and
    `StayNotAllowedError` if the user is not signed in.
    """
    if not by.is_authenticated:
        raise StayNotAllowedError("Sign in to book.")
    # The row lock serialises the bookings of one listing: two that conflict in the constraint's
    # index could deadlock, and PostgreSQL detects that only after a second.
    published = Listing.objects.filter(is_published=True)
    listing = get_for_update(published, ListingNotFoundError, pk=listing_id)
    if guests > listing.capacity:
        raise TooManyGuestsError
    stay = queries.night_range(arrival, nights)
    prices = _night_prices(listing, stay)
    with constraint_errors(DatesTakenError):
        booking = Booking.objects.create(
            listing=listing,
            guest_id=by.pk,
            nights=stay,
            guests=guests,
            night_prices=prices,
            total=sum(prices, Decimal(0)),
            currency=listing.currency,
            cancellation_policy=listing.cancellation_policy,
        )
    count_on_commit(BOOKINGS.labels("made"))
    record("booking.made", by=by, of=booking, total=str(booking.total), currency=booking.currency)
    return queries.get_booking(booking.pk, by=by)


@transaction.atomic
def cancel_booking(*, booking_id: int, by: "Actor") -> Booking:
    """Cancel a booking. The policy decides a guest's refund; if the host cancels, it is full.

    Raises `BookingNotFoundError`, `StayNotAllowedError`, `BookingCancelledError`,
    `BookingEndedError`.
    """
    rows = Booking.objects.select_related("listing")
    booking = get_for_update(rows, BookingNotFoundError, no_key=False, pk=booking_id)
    if not may_cancel(by, booking):
        raise StayNotAllowedError if may_see(by, booking) else BookingNotFoundError
    if booking.status == BookingStatus.CANCELLED.value:
        raise BookingCancelledError
    today = timezone.localdate()
    if booking.departure <= today:
        raise BookingEndedError
    amount = booking.total
    if is_guest(by, booking):
        policy = CancellationPolicy(booking.cancellation_policy)
        amount = refund(booking.total, policy, days_before=(booking.arrival - today).days)
    Booking.objects.filter(pk=booking_id).update(
        status=BookingStatus.CANCELLED.value, refund=amount, cancelled_at=timezone.now()
    )
    count_on_commit(BOOKINGS.labels("cancelled"))
    record("booking.cancelled", by=by, of=booking, refund=str(amount), currency=booking.currency)
    return queries.get_booking(booking_id, by=by)


@transaction.atomic
def review_stay(*, booking_id: int, rating: int, by: "Actor", text: str = "") -> Review:
    """Review a stay, once, as its guest; `rating` is 1 to 5.

    Raises `BookingNotFoundError`, `StayNotAllowedError`, `StayNotEndedError`, `ReviewExistsError`.
    """
    booking = queries.get_booking(booking_id, by=by)
    if not is_guest(by, booking):
        raise StayNotAllowedError("Only the guest of a stay can review it.")
    cancelled = booking.status == BookingStatus.CANCELLED.value
    if cancelled or booking.departure > timezone.localdate():
        raise StayNotEndedError
    with constraint_errors(ReviewExistsError):
        review = Review.objects.create(booking=booking, rating=rating, text=text)
    record("stay.reviewed", by=by, of=review, booking=booking.pk, rating=rating)
    return review


def _managed(listing_id: int, by: "Actor") -> Listing:
    """Return a listing that `by` may change, its row locked until the transaction ends."""
    listing = get_for_update(Listing.objects.all(), ListingNotFoundError, pk=listing_id)
    if not may_manage(by, listing):
        raise StayNotAllowedError if listing.is_published else ListingNotFoundError
    return listing


def _audit_details(listing: Listing, changes: Changes) -> dict[str, Any]:
    """Return what the audit log stores of a change: the fields, new prices and publication."""
    details: dict[str, Any] = {"members": sorted(changes)}
    if "price_per_night" in changes:
        details["before"] = f"{listing.price_per_night:.2f}"
        details["after"] = f"{changes['price_per_night']:.2f}"
    if "is_published" in changes:
        details["is_published"] = changes["is_published"]
    return details


def _night_prices(listing: Listing, stay: "DateRange") -> list[Decimal]:
    """Return the price of each night, in order."""
    seasons = list(listing.seasons.filter(nights__overlap=stay))
    count = (stay.upper - stay.lower).days
    nights = [stay.lower + timedelta(days=number) for number in range(count)]
    return [
        next((s.price_per_night for s in seasons if night in s.nights), listing.price_per_night)
        for night in nights
    ]
