"""The addresses of places to stay."""

from django.urls import path

from nexus.api.stays.rest import bookings, calendars, listings, reviews

__all__ = ["version_1"]

version_1 = [
    path("stays/", listings.ListingList.as_view(), name="stays"),
    path("stays/own/", listings.OwnListingList.as_view(), name="own-stays"),
    path("stays/bookings/own/", bookings.OwnBookingList.as_view(), name="own-bookings"),
    path("stays/bookings/<int:booking_id>/", bookings.BookingDetail.as_view(), name="booking"),
    path(
        "stays/bookings/<int:booking_id>/cancel/",
        bookings.BookingCancellation.as_view(),
        name="booking-cancel",
    ),
    path(
        "stays/bookings/<int:booking_id>/review/",
        reviews.BookingReview.as_view(),
        name="booking-review",
    ),
    path("stays/<int:listing_id>/", listings.ListingDetail.as_view(), name="stay"),
    path(
        "stays/<int:listing_id>/calendar/", calendars.CalendarDetail.as_view(), name="stay-calendar"
    ),
    path(
        "stays/<int:listing_id>/bookings/",
        bookings.ListingBookingList.as_view(),
        name="stay-bookings",
    ),
    path("stays/<int:listing_id>/reviews/", reviews.ReviewList.as_view(), name="stay-reviews"),
    path("stays/<int:listing_id>/seasons/", calendars.SeasonList.as_view(), name="stay-seasons"),
    path(
        "stays/<int:listing_id>/seasons/<int:season_id>/",
        calendars.SeasonDetail.as_view(),
        name="stay-season",
    ),
]
