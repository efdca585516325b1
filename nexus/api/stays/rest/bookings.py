"""Bookings, for their guests and the hosts of the listings."""

from typing import ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError
from nexus.api.fields import PriceField
from nexus.api.inputs import PageParameters
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.api.stays.inputs import BookingInput
from nexus.apps.stays import errors, queries, services
from nexus.apps.stays.models import Booking, Listing
from nexus.core.database.keyset import CursorError

__all__ = [
    "BookingCancellation",
    "BookingDetail",
    "BookingSerializer",
    "ListingBookingList",
    "OwnBookingList",
]

ACCESS_ERRORS = (errors.ListingNotFoundError, errors.StayNotAllowedError)


class ListingLinkSerializer(serializers.ModelSerializer[Listing]):
    """A link to a listing."""

    class Meta:
        model = Listing
        fields: ClassVar = ["id", "title", "city", "country"]


class BookingSerializer(serializers.ModelSerializer[Booking]):
    """Booked nights, at the prices and under the policy of the time of booking."""

    listing = ListingLinkSerializer(read_only=True)
    guest = serializers.IntegerField(source="guest_id", allow_null=True, read_only=True)
    arrival = serializers.DateField(read_only=True)
    departure = serializers.DateField(read_only=True)
    night_prices = serializers.ListField(
        child=PriceField(), read_only=True, help_text="The price of each night, in order."
    )
    refund = serializers.DecimalField(
        max_digits=14,
        decimal_places=2,
        allow_null=True,
        read_only=True,
        help_text="The amount refunded to the guest; null unless the booking is cancelled.",
    )

    class Meta:
        model = Booking
        fields: ClassVar = [
            "id",
            "listing",
            "guest",
            "arrival",
            "departure",
            "guests",
            "status",
            "night_prices",
            "total",
            "currency",
            "cancellation_policy",
            "refund",
            "booked_at",
            "cancelled_at",
        ]


class ListingBookingList(Resource):
    """The bookings of a listing."""

    serializer_class = BookingSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List the bookings of a listing",
        BookingSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        *ACCESS_ERRORS,
        parameters=PageParameters,
    )
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Return the bookings of a listing to its host, newest first."""
        return self.list_response(queries.list_bookings(listing_id, by=request.user))

    @write_operation(
        "Book a listing",
        {201: BookingSerializer},
        *ACCESS_ERRORS,
        errors.DatesRefusedError,
        errors.DatesTakenError,
        errors.TooManyGuestsError,
        request=BookingInput,
        headers=[LOCATION],
    )
    def post(self, request: Request, listing_id: int) -> Response:
        """Book nights at current prices and under the current cancellation policy."""
        body = self.validated_body(BookingInput)
        booking = services.book(listing_id=listing_id, by=request.user, **body)
        address = reverse("api:booking", args=[booking.pk])
        return self.detail_response(
            booking, status=status.HTTP_201_CREATED, headers={"Location": address}
        )


class OwnBookingList(Resource):
    """The current user's bookings."""

    serializer_class = BookingSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List your bookings",
        BookingSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the bookings of the current user, newest first."""
        return self.list_response(queries.list_own_bookings(request.user))


class BookingDetail(Resource):
    """One booking."""

    serializer_class = BookingSerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Get a booking", BookingSerializer, NotAuthenticatedError, errors.BookingNotFoundError
    )
    def get(self, request: Request, booking_id: int) -> Response:
        """Return a booking to its guest and its host."""
        return self.detail_response(queries.get_booking(booking_id, by=request.user))


class BookingCancellation(Resource):
    """The cancellation of a booking."""

    serializer_class = BookingSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Cancel a booking",
        {200: BookingSerializer},
        errors.BookingNotFoundError,
        errors.StayNotAllowedError,
        errors.BookingCancelledError,
        errors.BookingEndedError,
        request=None,
    )
    def post(self, request: Request, booking_id: int) -> Response:
        """Cancel a booking. A guest is refunded by the policy; if the host cancels, in full."""
        return self.detail_response(services.cancel_booking(booking_id=booking_id, by=request.user))
