"""A listing with people around it, for the tests of stays."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from nexus.apps.stays.models import Booking, Listing, SeasonPrice


def day(number: int) -> date:
    """The day that is so many days from today."""
    return timezone.localdate() + timedelta(days=number)


def place(host: Any = None, **fields: Any) -> Listing:
    """One published listing of two beds, a draft if told so."""
    values: dict[str, Any] = {
        "host": host,
        "title": "Two beds by the harbour",
        "city": "Porto",
        "country": "PT",
        "latitude": Decimal("41.14961"),
        "longitude": Decimal("-8.61099"),
        "capacity": 2,
        "price_per_night": Decimal("80.00"),
        "is_published": True,
        **fields,
    }
    return Listing.objects.create(**values)


def stay(listing: Listing, guest: Any = None, *, first: int, nights: int, **fields: Any) -> Booking:
    """One booking, also of days that have gone, which `book` refuses."""
    prices = [listing.price_per_night] * nights
    values: dict[str, Any] = {
        "listing": listing,
        "guest": guest,
        "nights": DateRange(day(first), day(first + nights), "[)"),
        "guests": 1,
        "night_prices": prices,
        "total": sum(prices),
        "currency": listing.currency,
        "cancellation_policy": listing.cancellation_policy,
        **fields,
    }
    return Booking.objects.create(**values)


def season(listing: Listing, *, first: int, nights: int, price: int = 100) -> SeasonPrice:
    """Some nights at a price of their own."""
    return SeasonPrice.objects.create(
        listing=listing,
        nights=DateRange(day(first), day(first + nights), "[)"),
        price_per_night=Decimal(price),
    )
