"""Who may read a booking may not, for that alone, cancel it."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from nexus.apps.stays import services
from nexus.apps.stays.errors import StayNotAllowedError
from nexus.apps.stays.models import Booking, Listing


def test_reader_cannot_cancel_a_booking(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = Booking(guest_id=1, listing=Listing(host_id=2))
    monkeypatch.setattr(services, "get_for_update", lambda *_rows, **_lookup: booking)
    monkeypatch.setattr(services, "may_see", lambda _user, _booking: True)
    # Without the transaction: nothing is written.
    cancel: Any = services.cancel_booking
    with pytest.raises(StayNotAllowedError):
        cancel.__wrapped__(booking_id=1, by=AnonymousUser())
