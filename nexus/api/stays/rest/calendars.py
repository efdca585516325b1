"""The nights of a listing: its calendar and its seasonal prices."""

from typing import ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.fields import PriceField
from nexus.api.inputs import PageParameters
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.api.stays.inputs import CalendarParameters, SeasonInput
from nexus.apps.stays import errors, queries, services
from nexus.apps.stays.models import SeasonPrice
from nexus.core.database.keyset import CursorError

__all__ = [
    "CalendarDetail",
    "CalendarSerializer",
    "DaySerializer",
    "SeasonDetail",
    "SeasonList",
    "SeasonSerializer",
]

ACCESS_ERRORS = (errors.ListingNotFoundError, errors.StayNotAllowedError)


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
    """The nights of a month."""

    month = serializers.CharField()
    currency = serializers.CharField()
    days = DaySerializer(many=True)


class CalendarDetail(Resource):
    """The nights of a listing."""

    serializer_class = CalendarSerializer
    parameters_class = CalendarParameters

    @read_operation(
        "Get the calendar of a listing",
        CalendarSerializer,
        errors.ListingNotFoundError,
        parameters=CalendarParameters,
    )
    def get(self, request: Request, listing_id: int) -> Response:
        """Return each night of a month: whether it can be booked, and its price."""
        return self.detail_response(
            queries.get_calendar(listing_id, by=request.user, **self.parameters)
        )


class SeasonList(Resource):
    """The seasonal prices of a listing."""

    serializer_class = SeasonSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parameters_class = PageParameters
    order = ("id",)

    @read_operation(
        "List the seasonal prices of a listing",
        SeasonSerializer(many=True),
        CursorError,
        errors.ListingNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Return the seasonal prices in the order in which they were set."""
        return self.list_response(queries.list_seasons(listing_id, by=request.user))

    @write_operation(
        "Set a seasonal price",
        {201: SeasonSerializer},
        *ACCESS_ERRORS,
        errors.DatesRefusedError,
        errors.SeasonTakenError,
        request=SeasonInput,
        headers=[LOCATION],
    )
    def post(self, request: Request, listing_id: int) -> Response:
        """Set a seasonal price. Existing bookings keep their prices."""
        body = self.validated_body(SeasonInput)
        season = services.set_season_price(listing_id=listing_id, by=request.user, **body)
        address = reverse("api:stay-season", args=[listing_id, season.pk])
        return self.detail_response(
            season, status=status.HTTP_201_CREATED, headers={"Location": address}
        )


class SeasonDetail(Resource):
    """One seasonal price of a listing."""

    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Remove a seasonal price",
        {204: None},
        *ACCESS_ERRORS,
        errors.SeasonNotFoundError,
        request=None,
    )
    def delete(self, request: Request, listing_id: int, season_id: int) -> Response:
        """Remove a seasonal price; the usual price applies again."""
        services.remove_season_price(listing_id=listing_id, season_id=season_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
