"""Ten thousand concurrent attempts to book the same nights: no night is booked twice."""

from collections.abc import Callable

import pytest

from nexus.apps.stays.models import Booking
from tests.support.factories import person, place
from tests.support.races import count_overlaps, race

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

THREADS, LISTINGS = 16, 20


def test_ten_thousand_attempts_leave_no_overlap(
    seed: int, sized: Callable[[int, int], int]
) -> None:
    attempts = sized(2_000, 10_000)
    listings = [place(title=f"Listing {number}") for number in range(LISTINGS)]

    booked, refused = race(listings, person("guest"), attempts=attempts, threads=THREADS, seed=seed)

    print(f"{booked} booked, {refused} refused")  # noqa: T201 -- the figures of the run
    assert booked + refused == attempts
    assert booked == Booking.objects.count()
    # Not all fit in, but many do.
    assert booked >= LISTINGS
    assert refused >= attempts // 2
    assert count_overlaps() == 0
