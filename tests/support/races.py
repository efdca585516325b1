"""Many guests who book the same nights concurrently."""

import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from nexus.apps.stays import services
from nexus.apps.stays.errors import DatesTakenError
from nexus.apps.stays.models import Listing
from tests.support.factories import day

DAYS = 60
LONGEST = 7

OVERLAPS = """
SELECT count(*) FROM stays_booking AS one JOIN stays_booking AS other
    ON one.listing_id = other.listing_id AND one.id < other.id AND one.nights && other.nights
WHERE one.status <> 'cancelled' AND other.status <> 'cancelled'
"""


def race(
    listings: Sequence[Listing], guest: Any, *, attempts: int, threads: int, seed: int
) -> tuple[int, int]:
    """Try to book random nights from several threads; return how many were booked and refused.

    One attempt in ten cancels its booking, so that nights become free again.
    """
    chance = random.Random(seed)  # noqa: S311 -- a seeded choice of days, not a secret
    wanted = [
        (chance.choice(listings).pk, chance.randrange(DAYS), chance.randint(1, LONGEST), number)
        for number in range(attempts)
    ]
    shares = [wanted[number::threads] for number in range(threads)]
    counted: Counter[str] = Counter()
    with ThreadPoolExecutor(threads) as pool:
        for share in pool.map(lambda part: _attempt(part, guest), shares):
            counted += share
    return counted["booked"], counted["refused"]


def count_overlaps() -> int:
    """Count the pairs of bookings that share a night, without the constraint's help."""
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return int(cursor.fetchone()[0])


def _attempt(wanted: Sequence[tuple[int, int, int, int]], guest: Any) -> Counter[str]:
    counted: Counter[str] = Counter()
    try:
        for listing_id, first, nights, number in wanted:
            try:
                made = services.book(
                    listing_id=listing_id, arrival=day(first), nights=nights, guests=1, by=guest
                )
            except DatesTakenError:
                counted["refused"] += 1
                continue
            counted["booked"] += 1
            if number % 10 == 0:
                services.cancel_booking(booking_id=made.pk, by=guest)
    finally:
        connection.close()
    return counted
