"""Listings, their seasons and calendars, bookings and reviews."""

from nexus.api.rest.stays.bookings import (
    BookingCancellation,
    BookingDetail,
    BookingSerializer,
    ListingBookingList,
    OwnBookingList,
)
from nexus.api.rest.stays.listings import (
    ListingDetail,
    ListingList,
    ListingSerializer,
    ListingSummarySerializer,
    OwnListingList,
)
from nexus.api.rest.stays.nights import (
    CalendarDetail,
    CalendarSerializer,
    DaySerializer,
    SeasonDetail,
    SeasonList,
    SeasonSerializer,
)
from nexus.api.rest.stays.reviews import (
    BookingReview,
    ReviewList,
    ReviewSerializer,
)

__all__ = [
    "BookingCancellation",
    "BookingDetail",
    "BookingReview",
    "BookingSerializer",
    "CalendarDetail",
    "CalendarSerializer",
    "DaySerializer",
    "ListingBookingList",
    "ListingDetail",
    "ListingList",
    "ListingSerializer",
    "ListingSummarySerializer",
    "OwnBookingList",
    "OwnListingList",
    "ReviewList",
    "ReviewSerializer",
    "SeasonDetail",
    "SeasonList",
    "SeasonSerializer",
]
