"""The travel site of the demo: listings, past and upcoming bookings, and reviews."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from nexus.apps.stays import services
from nexus.apps.stays.models import Booking, Listing
from nexus.apps.stays.policies import CancellationPolicy
from nexus.apps.stays.samples import CITIES

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["add_bookings", "add_listings"]

KINDS = (
    ("Quiet room", 1, 45), ("Studio", 2, 70), ("Old flat", 3, 95), ("Loft", 2, 120),
    ("Small house", 5, 150), ("Garden cabin", 4, 110),
)  # fmt: skip
SIGHTS = ("by the harbour", "near the market", "above the park", "in the old town", "on the hill")
REVIEWS = (
    (5, "Everything as described, and the host thought of breakfast."),
    (5, "We slept with open windows and heard only the birds."),
    (4, "A good host and a good bed; the stairs are steep."),
    (3, "Clean and central, but noisy until midnight."),
    (2, "Colder than we thought. The heating was repaired on our last day."),
)
# Each booking of a listing has its own window, so that no two overlap.
WINDOW_DAYS, NIGHTS = 10, (2, 7)


def add_listings(
    random: Random, *, count: int, hosts: Sequence["User"], tick: Callable[[], None]
) -> list[int]:
    """Add listings with a season each, one in ten a draft; return the ids of the published ones."""
    published = []
    season = timezone.localdate() + timedelta(days=120)
    for number in range(count):
        by = hosts[number % len(hosts)]
        kind, capacity, price = KINDS[number % len(KINDS)]
        city, country, latitude, longitude = random.choice(CITIES)
        is_published = number % 10 != 9  # noqa: PLR2004 -- the last of ten
        sight = random.choice(SIGHTS)
        usual = Decimal(price + random.randint(0, 40))
        listing = services.create_listing(
            by=by,
            title=f"{kind} {sight}",
            description=f"{kind} in {city}, {sight}, for up to {capacity}.",
            city=city,
            country=country,
            latitude=Decimal(latitude) + Decimal(random.randint(-500, 500)) / 10_000,
            longitude=Decimal(longitude) + Decimal(random.randint(-500, 500)) / 10_000,
            capacity=capacity,
            price_per_night=usual,
            currency="EUR",
            cancellation_policy=random.choice(list(CancellationPolicy)).value,
            is_published=is_published,
        )
        services.set_season_price(
            listing_id=listing.pk,
            first_night=season,
            nights=60,
            price_per_night=usual * Decimal("1.25"),
            by=by,
        )
        if is_published:
            published.append(listing.pk)
        tick()
    return published


def add_bookings(
    random: Random,
    *,
    count: int,
    listings: Sequence[int],
    guests: Sequence["User"],
    tick: Callable[[], None],
) -> None:
    """Add bookings, alternately upcoming and past; most of the past ones are reviewed."""
    today = timezone.localdate()
    places = Listing.objects.in_bulk(listings)
    for number in range(count):
        listing = places[listings[number // 2 % len(listings)]]
        window = timedelta(days=WINDOW_DAYS * (number // 2 // len(listings) + 1))
        guest, nights = random.choice(guests), random.randint(*NIGHTS)
        if number % 2:
            booking = _stayed(listing, guest, arrival=today - window, nights=nights)
            if random.random() < 0.7:  # noqa: PLR2004 -- seven of ten guests write a review
                rating, text = random.choice(REVIEWS)
                services.review_stay(booking_id=booking.pk, rating=rating, text=text, by=guest)
        else:
            booking = services.book(
                listing_id=listing.pk, arrival=today + window, nights=nights, guests=1, by=guest
            )
            if number % 10 == 0:
                services.cancel_booking(booking_id=booking.pk, by=guest)
        tick()


def _stayed(listing: Listing, guest: "User", *, arrival: date, nights: int) -> Booking:
    """Insert a past booking directly, because the service refuses past dates."""
    prices = [listing.price_per_night] * nights
    return Booking.objects.create(
        listing=listing,
        guest=guest,
        nights=DateRange(arrival, arrival + timedelta(days=nights), "[)"),
        guests=1,
        night_prices=prices,
        total=sum(prices, Decimal(0)),
        currency=listing.currency,
        cancellation_policy=listing.cancellation_policy,
    )
