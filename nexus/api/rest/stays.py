"""Listings, their seasons and calendars, bookings and reviews."""

from functools import partial
from typing import ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError, PreconditionRequiredError
from nexus.api.inputs import PageParameters
from nexus.api.inputs.products import PriceField
from nexus.api.inputs.stays import (
    BookingInput,
    CalendarParameters,
    ListingChangeInput,
    ListingInput,
    ListingListParameters,
    ReviewInput,
    SeasonInput,
)
from nexus.api.rest.conditions import IF_MATCH, need_match, tagged
from nexus.api.rest.keeping import keeps
from nexus.api.rest.operations import LOCATION, reads, writes
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.apps.stays import errors, queries, services
from nexus.apps.stays.models import Booking, Listing, Review, SeasonPrice
from nexus.core.keyset import CursorError

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

REFUSED = (errors.ListingNotFoundError, errors.StayNotAllowedError)


class ListingSummarySerializer(serializers.ModelSerializer[Listing]):
    """A listing as a list shows it."""

    host = serializers.IntegerField(
        source="host_id", allow_null=True, read_only=True, help_text="Null: the house itself."
    )
    price_per_night = PriceField(help_text="What a night outside of seasons costs.")

    class Meta:
        model = Listing
        fields: ClassVar = [
            "id",
            "title",
            "host",
            "city",
            "country",
            "latitude",
            "longitude",
            "capacity",
            "price_per_night",
            "currency",
            "cancellation_policy",
            "is_published",
            "created_at",
        ]


class ListingSerializer(ListingSummarySerializer):
    """A place to sleep."""

    version = serializers.IntegerField(
        read_only=True, help_text="Counts the changes; GraphQL's updates name it."
    )

    class Meta(ListingSummarySerializer.Meta):
        fields: ClassVar = [*ListingSummarySerializer.Meta.fields, "description", "version"]


class ListingLinkSerializer(serializers.ModelSerializer[Listing]):
    """A listing by name."""

    class Meta:
        model = Listing
        fields: ClassVar = ["id", "title", "city", "country"]


class SeasonSerializer(serializers.ModelSerializer[SeasonPrice]):
    """Nights with a price of their own."""

    first_night = serializers.DateField(read_only=True)
    last_night = serializers.DateField(read_only=True)
    price_per_night = PriceField()

    class Meta:
        model = SeasonPrice
        fields: ClassVar = ["id", "first_night", "last_night", "price_per_night"]


class DaySerializer(serializers.Serializer[queries.Day]):
    """One night of a listing."""

    date = serializers.DateField()
    is_free = serializers.BooleanField(help_text="Whether the night can be booked.")
    price_per_night = PriceField()


class CalendarSerializer(serializers.Serializer[queries.Calendar]):
    """The nights of one month."""

    month = serializers.CharField()
    currency = serializers.CharField()
    days = DaySerializer(many=True)


class BookingSerializer(serializers.ModelSerializer[Booking]):
    """Nights that a guest has, at the prices and under the rules of the moment of booking."""

    listing = ListingLinkSerializer(read_only=True)
    guest = serializers.IntegerField(source="guest_id", allow_null=True, read_only=True)
    arrival = serializers.DateField(read_only=True)
    departure = serializers.DateField(read_only=True)
    night_prices = serializers.ListField(
        child=PriceField(), read_only=True, help_text="What each night costs, in their order."
    )
    refund = serializers.DecimalField(
        max_digits=14,
        decimal_places=2,
        allow_null=True,
        read_only=True,
        help_text="What the guest gets back; null unless the booking is cancelled.",
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


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """What a guest says of a stay."""

    class Meta:
        model = Review
        fields: ClassVar = ["id", "rating", "text", "created_at"]


class ListingList(Resource):
    """The places to sleep."""

    serializer_class = ListingSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parameters = ListingListParameters

    @reads(
        "List places to stay",
        ListingSummarySerializer(many=True),
        CursorError,
        errors.DatesRefusedError,
        parameters=ListingListParameters,
    )
    @keeps(services.PLACES)
    def get(self, _request: Request) -> HttpResponse:
        """Give the published listings that fit every filter and are free in all nights asked."""
        wanted = dict(self.asked)
        self.order = queries.ORDERS[wanted.pop("order")]
        for name in ("after", "limit"):
            wanted.pop(name, None)
        return self.page(queries.find_listings, **wanted)

    @writes(
        "Offer a place",
        {201: ListingSerializer},
        errors.StayNotAllowedError,
        request=ListingInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Offer a place, a draft unless `is_published` is true."""
        made = services.create_listing(by=request.user, **self.body(ListingInput))
        address = reverse("api:stay", args=[made.pk])
        shown = ListingSerializer(made).data
        return Response(shown, status.HTTP_201_CREATED, headers={"Location": address})


class OwnListingList(Resource):
    """What a host offers."""

    serializer_class = ListingSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters = PageParameters
    order = ("-id",)

    @reads(
        "List one's own places",
        ListingSummarySerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Give the caller's own listings, drafts too, the newest first."""
        return self.page(queries.list_own_listings(request.user))


class ListingDetail(Resource):
    """One place to sleep."""

    serializer_class = ListingSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @reads("Read about a place", ListingSerializer, errors.ListingNotFoundError)
    @keeps(services.PLACES)
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Give a listing; one that is not published only to who may change it."""
        otherwise = partial(queries.get_listing, listing_id, by=request.user)
        return tagged(self.shown(queries.public_listing, otherwise, listing_id=listing_id))

    @writes(
        "Change or publish a place",
        {200: ListingSerializer},
        *REFUSED,
        errors.ListingChangedError,
        PreconditionRequiredError,
        request=ListingChangeInput,
        headers=[IF_MATCH],
    )
    def patch(self, request: Request, listing_id: int) -> Response:
        """Change a listing; members that are left out stay as they are, and so does a booking."""
        read = queries.get_listing(listing_id, by=request.user)
        need_match(request, ListingSerializer(read).data, errors.ListingChangedError)
        changes = self.body(ListingChangeInput)
        changed = services.change_listing(
            listing_id=listing_id, by=request.user, version=read.version, **changes
        )
        return tagged(self.one(changed))


class CalendarDetail(Resource):
    """The nights of a listing."""

    serializer_class = CalendarSerializer
    parameters = CalendarParameters

    @reads(
        "Read the calendar of a place",
        CalendarSerializer,
        errors.ListingNotFoundError,
        parameters=CalendarParameters,
    )
    def get(self, request: Request, listing_id: int) -> Response:
        """Give each night of a month: whether it can be booked, and what it costs."""
        return self.one(queries.get_calendar(listing_id, by=request.user, **self.asked))


class SeasonList(Resource):
    """The seasons of a listing."""

    serializer_class = SeasonSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parameters = PageParameters
    order = ("id",)

    @reads(
        "List the seasons of a place",
        SeasonSerializer(many=True),
        CursorError,
        errors.ListingNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Give the nights that have a price of their own, as they were set."""
        return self.page(queries.list_seasons(listing_id, by=request.user))

    @writes(
        "Set the price of a season",
        {201: SeasonSerializer},
        *REFUSED,
        errors.DatesRefusedError,
        errors.SeasonTakenError,
        request=SeasonInput,
        headers=[LOCATION],
    )
    def post(self, request: Request, listing_id: int) -> Response:
        """Give some nights a price of their own; what is booked keeps its price."""
        wanted = self.body(SeasonInput)
        made = services.set_season_price(listing_id=listing_id, by=request.user, **wanted)
        address = reverse("api:stay-season", args=[listing_id, made.pk])
        return self.one(made, status=status.HTTP_201_CREATED, headers={"Location": address})


class SeasonDetail(Resource):
    """One season of a listing."""

    permission_classes = (IsAuthenticatedOrReadOnly,)

    @writes("Remove a season", {204: None}, *REFUSED, errors.SeasonNotFoundError, request=None)
    def delete(self, request: Request, listing_id: int, season_id: int) -> Response:
        """Let the nights of a season cost the usual again."""
        services.remove_season_price(listing_id=listing_id, season_id=season_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReviewList(Resource):
    """What guests say of a listing."""

    serializer_class = ReviewSerializer
    pagination_class = KeysetPagination
    parameters = PageParameters
    order = ("-id",)

    @reads(
        "List the reviews of a place",
        ReviewSerializer(many=True),
        CursorError,
        errors.ListingNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Give what guests who stayed say, the newest first."""
        return self.page(queries.list_reviews(listing_id, by=request.user))


class ListingBookingList(Resource):
    """The bookings of a listing."""

    serializer_class = BookingSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters = PageParameters
    order = ("-id",)

    @reads(
        "List the bookings of a place",
        BookingSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        *REFUSED,
        parameters=PageParameters,
    )
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Give the bookings of a listing to its host, the newest first."""
        return self.page(queries.list_bookings(listing_id, by=request.user))

    @writes(
        "Book a place",
        {201: BookingSerializer},
        *REFUSED,
        errors.DatesRefusedError,
        errors.DatesTakenError,
        errors.TooManyGuestsError,
        request=BookingInput,
        headers=[LOCATION],
    )
    def post(self, request: Request, listing_id: int) -> Response:
        """Book nights, at the prices and under the policy of now; nobody else can have them."""
        wanted = self.body(BookingInput)
        made = services.book(listing_id=listing_id, by=request.user, **wanted)
        address = reverse("api:booking", args=[made.pk])
        return self.one(made, status=status.HTTP_201_CREATED, headers={"Location": address})


class OwnBookingList(Resource):
    """What a guest has booked."""

    serializer_class = BookingSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters = PageParameters
    order = ("-id",)

    @reads(
        "List one's own bookings",
        BookingSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Give the bookings that the caller made, the newest first."""
        return self.page(queries.list_own_bookings(request.user))


class BookingDetail(Resource):
    """One booking."""

    serializer_class = BookingSerializer
    permission_classes = (IsAuthenticated,)

    @reads("Read a booking", BookingSerializer, NotAuthenticatedError, errors.BookingNotFoundError)
    def get(self, request: Request, booking_id: int) -> Response:
        """Give a booking to its guest and to the host of its listing."""
        return self.one(queries.get_booking(booking_id, by=request.user))


class BookingCancellation(Resource):
    """The cancellation of a booking."""

    serializer_class = BookingSerializer
    permission_classes = (IsAuthenticated,)

    @writes(
        "Cancel a booking",
        {200: BookingSerializer},
        errors.BookingNotFoundError,
        errors.BookingCancelledError,
        errors.BookingEndedError,
        request=None,
    )
    def post(self, request: Request, booking_id: int) -> Response:
        """Free its nights; a guest gets back what the policy says, and all if the host cancels."""
        return self.one(services.cancel_booking(booking_id=booking_id, by=request.user))


class BookingReview(Resource):
    """The review of a booking."""

    serializer_class = ReviewSerializer
    permission_classes = (IsAuthenticated,)

    @writes(
        "Review a stay",
        {201: ReviewSerializer},
        errors.BookingNotFoundError,
        errors.StayNotAllowedError,
        errors.StayNotEndedError,
        errors.ReviewExistsError,
        request=ReviewInput,
    )
    def post(self, request: Request, booking_id: int) -> Response:
        """Say how a stay was, once it has ended, as the guest who stayed."""
        wanted = self.body(ReviewInput)
        made = services.review_stay(booking_id=booking_id, by=request.user, **wanted)
        return self.one(made, status=status.HTTP_201_CREATED)
