"""Personal data of guests and hosts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from nexus.apps.stays.models import Booking, Listing, Review
from nexus.apps.stays.policies import BookingStatus
from nexus.apps.stays.services import PLACES
from nexus.apps.users.errors import AccountBusyError
from nexus.core.cache.responses import invalidate

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["export", "forget"]


def export(user: "User") -> dict[str, Iterable[Any]]:
    """Return a user's listings, bookings and reviews."""
    bookings = Booking.objects.filter(guest=user).select_related("listing").order_by("pk")
    reviews = Review.objects.filter(booking__guest=user).order_by("pk")
    members = ("title", "description", "city", "country", "latitude", "longitude", "capacity",
               "price_per_night", "currency", "is_published", "created_at")  # fmt: skip
    return {
        "listings": list(Listing.objects.filter(host=user).order_by("pk").values(*members)),
        "bookings": [
            {
                "listing": booking.listing.title,
                "arrival": booking.arrival,
                "departure": booking.departure,
                "status": booking.status,
                "guests": booking.guests,
                "total": booking.total,
                "currency": booking.currency,
                "refund": booking.refund,
                "booked_at": booking.booked_at,
            }
            for booking in bookings
        ],
        "reviews": list(reviews.values("booking__listing__title", "rating", "text", "created_at")),
    }


def forget(user: "User") -> None:
    """Delete reviews and listings, and remove the guest from bookings.

    A listing with bookings stays for its guests, unpublished. Raises `AccountBusyError` while there
    are upcoming bookings.
    """
    invalidate(PLACES)
    upcoming = Booking.objects.filter(
        status=BookingStatus.BOOKED.value, nights__endswith__gt=timezone.localdate()
    )
    if upcoming.filter(guest=user).exists():
        raise AccountBusyError("You have an upcoming stay. Cancel it, then delete your account.")
    own = Listing.objects.filter(host=user)
    if upcoming.filter(listing__in=own).exists():
        raise AccountBusyError(
            "Guests have booked a listing of yours. Cancel their bookings, then delete your "
            "account."
        )
    Review.objects.filter(booking__guest=user).delete()
    Booking.objects.filter(guest=user).update(guest=None)
    own.filter(bookings=None).delete()
    # The description may be personal; what was booked and paid must stay.
    own.update(is_published=False, description="", version=F("version") + 1)
