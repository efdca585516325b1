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
from nexus.apps.stays.permissions import is_guest, may_host, may_manage, may_see
from nexus.apps.stays.policies import BookingStatus, CancellationPolicy, refund
from nexus.core.audit.services import record
from nexus.core.cache.responses import invalidate
from nexus.core.database.constraints import constraint_errors
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
"""Where answers about listings are kept; none of them says which nights are free."""

MAX_NIGHTS = 30
"""How many nights one booking may have."""
MAX_SEASON_NIGHTS = 366

initialise_series(BOOKINGS, ("made", "cancelled"))


class Changes(TypedDict, total=False):
    """What an update may change; a member that is absent stays as it is."""

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
    """What a new listing may say of itself; its currency is fixed from then on."""

    currency: str


@transaction.atomic
def create_listing(*, by: "Actor", **place: Unpack[Place]) -> Listing:
    """Offer a place, a draft unless `is_published`. Raises `StayNotAllowedError`."""
    invalidate(PLACES)
    if not by.is_authenticated or not may_host(by):
        raise StayNotAllowedError("Only hosts and administrators can create listings.")
    made = Listing.objects.create(host_id=by.pk, **place)
    record("listing.offered", by=by, of=made, price=f"{made.price_per_night:.2f}")
    return queries.get_listing(made.pk, by=by)


@transaction.atomic
def change_listing(
    *, listing_id: int, by: "Actor", version: int | None = None, **changes: Unpack[Changes]
) -> Listing:
    """Change or publish a listing, if its version is still the one that was read.

    What is booked keeps its price and its rules. Raises `ListingNotFoundError`,
    `StayNotAllowedError`, `ListingChangedError`.
    """
    invalidate(PLACES)
    listing = _managed(listing_id, by)
    if version is not None and listing.version != version:
        raise ListingChangedError
    Listing.objects.filter(pk=listing_id).update(**changes, version=F("version") + 1)
    record("listing.changed", by=by, of=listing, **_told(listing, changes))
    return queries.get_listing(listing_id, by=by)


@transaction.atomic
def set_season_price(
    *, listing_id: int, first_night: date, nights: int, price_per_night: Decimal, by: "Actor"
) -> SeasonPrice:
    """Return `nights` nights from `first_night` on a price of their own.

    Raises `ListingNotFoundError`, `StayNotAllowedError`, `DatesRefusedError`, `SeasonTakenError`.
    """
    listing = _managed(listing_id, by)
    season = queries.night_range(first_night, nights)
    with constraint_errors(SeasonTakenError):
        made = SeasonPrice.objects.create(
            listing=listing, nights=season, price_per_night=price_per_night
        )
    told = {"first_night": str(first_night), "nights": nights, "price": f"{price_per_night:.2f}"}
    record("listing.season_price_set", by=by, of=listing, **told)
    return made


@transaction.atomic
def remove_season_price(*, listing_id: int, season_id: int, by: "Actor") -> None:
    """Let the nights of a season cost the usual again.

    Raises `ListingNotFoundError`, `StayNotAllowedError`, `SeasonNotFoundError`.
    """
    listing = _managed(listing_id, by)
    if not listing.seasons.filter(pk=season_id).delete()[0]:
        raise SeasonNotFoundError
    record("listing.season_price_removed", by=by, of=listing, season=season_id)


@transaction.atomic
def book(*, listing_id: int, arrival: date, nights: int, guests: int, by: "Actor") -> Booking:
    """Book `nights` nights from `arrival` on, at the prices and under the policy of now.

    Whether they are free is decided by the database's constraint, never by a look beforehand.
    Raises `ListingNotFoundError`, `DatesRefusedError`, `TooManyGuestsError`, `DatesTakenError`,
    and `StayNotAllowedError` for who is not signed in.
    """
    if not by.is_authenticated:
        raise StayNotAllowedError("Sign in to book.")
    # Bookings of one listing stand in a line for its row: two that met in the constraint's index
    # could wait for each other, and PostgreSQL takes a second to see that.
    rows = Listing.objects.select_for_update(no_key=True)
    listing = rows.filter(pk=listing_id, is_published=True).first()
    if listing is None:
        raise ListingNotFoundError
    if guests > listing.capacity:
        raise TooManyGuestsError
    wanted = queries.night_range(arrival, nights)
    prices = _night_prices(listing, wanted)
    with constraint_errors(DatesTakenError):
        made = Booking.objects.create(
            listing=listing,
            guest_id=by.pk,
            nights=wanted,
            guests=guests,
            night_prices=prices,
            total=sum(prices, Decimal(0)),
            currency=listing.currency,
            cancellation_policy=listing.cancellation_policy,
        )
    count_on_commit(BOOKINGS.labels("made"))
    record("booking.made", by=by, of=made, total=str(made.total), currency=made.currency)
    return queries.get_booking(made.pk, by=by)


@transaction.atomic
def cancel_booking(*, booking_id: int, by: "Actor") -> Booking:
    """Free a booking's nights. A guest gets back what the policy says, all if the host cancels.

    Raises `BookingNotFoundError`, `BookingCancelledError`, `BookingEndedError`.
    """
    rows = Booking.objects.select_for_update(of=("self",)).select_related("listing")
    booking = rows.filter(pk=booking_id).first()
    if booking is None or not may_see(by, booking):
        raise BookingNotFoundError
    if booking.status == BookingStatus.CANCELLED.value:
        raise BookingCancelledError
    today = timezone.localdate()
    if booking.departure <= today:
        raise BookingEndedError
    back = booking.total
    if is_guest(by, booking):
        policy = CancellationPolicy(booking.cancellation_policy)
        back = refund(booking.total, policy, days_before=(booking.arrival - today).days)
    Booking.objects.filter(pk=booking_id).update(
        status=BookingStatus.CANCELLED.value, refund=back, cancelled_at=timezone.now()
    )
    count_on_commit(BOOKINGS.labels("cancelled"))
    record("booking.cancelled", by=by, of=booking, refund=str(back), currency=booking.currency)
    return queries.get_booking(booking_id, by=by)


@transaction.atomic
def review_stay(*, booking_id: int, rating: int, by: "Actor", text: str = "") -> Review:
    """Say how a stay was, once, as the guest who stayed; `rating` is 1 to 5.

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
    listing = Listing.objects.select_for_update(no_key=True).filter(pk=listing_id).first()
    if listing is None:
        raise ListingNotFoundError
    if not may_manage(by, listing):
        raise StayNotAllowedError if listing.is_published else ListingNotFoundError
    return listing


def _told(listing: Listing, changes: Changes) -> dict[str, Any]:
    """Return what the audit keeps of a change: its members, and what of them is money or shown."""
    told: dict[str, Any] = {"members": sorted(changes)}
    if "price_per_night" in changes:
        told["before"] = f"{listing.price_per_night:.2f}"
        told["after"] = f"{changes['price_per_night']:.2f}"
    if "is_published" in changes:
        told["is_published"] = changes["is_published"]
    return told


def _night_prices(listing: Listing, wanted: "DateRange") -> list[Decimal]:
    """Return what each of the nights costs, in their order."""
    seasons = list(listing.seasons.filter(nights__overlap=wanted))
    count = (wanted.upper - wanted.lower).days
    nights = [wanted.lower + timedelta(days=number) for number in range(count)]
    return [
        next((s.price_per_night for s in seasons if night in s.nights), listing.price_per_night)
        for night in nights
    ]
