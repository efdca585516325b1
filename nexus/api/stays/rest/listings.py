"""Listings: places to sleep."""

from functools import partial
from typing import ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError, PreconditionRequiredError
from nexus.api.fields import PriceField
from nexus.api.inputs import PageParameters
from nexus.api.rest.etags import IF_MATCH, require_if_match, with_etag
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.api.rest.response_cache import cached
from nexus.api.sql_json import SqlJson
from nexus.api.stays.inputs import ListingChangeInput, ListingInput, ListingListParameters
from nexus.apps.stays import errors, queries, services
from nexus.apps.stays.models import Listing
from nexus.core.database.keyset import CursorError

__all__ = [
    "ListingDetail",
    "ListingList",
    "ListingSerializer",
    "ListingSummarySerializer",
    "OwnListingList",
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


class ListingList(Resource):
    """The places to sleep."""

    serializer_class = ListingSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parameters_class = ListingListParameters
    orders = queries.ORDERS
    sql_json = SqlJson(queries.find_listings, serialized_with=frozenset({"arrival"}))

    @read_operation(
        "List places to stay",
        ListingSummarySerializer(many=True),
        CursorError,
        errors.DatesRefusedError,
        parameters=ListingListParameters,
    )
    @cached(services.PLACES)
    def get(self, _request: Request) -> HttpResponse:
        """Give the published listings that fit every filter and are free in all nights asked."""
        return self.public_list_response(**self.filters)

    @write_operation(
        "Offer a place",
        {201: ListingSerializer},
        errors.StayNotAllowedError,
        request=ListingInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Offer a place, a draft unless `is_published` is true."""
        made = services.create_listing(by=request.user, **self.validated_body(ListingInput))
        address = reverse("api:stay", args=[made.pk])
        shown = ListingSerializer(made).data
        return Response(shown, status.HTTP_201_CREATED, headers={"Location": address})


class OwnListingList(Resource):
    """What a host offers."""

    serializer_class = ListingSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List one's own places",
        ListingSummarySerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Give the caller's own listings, drafts too, the newest first."""
        return self.list_response(queries.list_own_listings(request.user))


class ListingDetail(Resource):
    """One place to sleep."""

    serializer_class = ListingSerializer
    sql_json = SqlJson(queries.public_listing, key="listing_id")
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @read_operation("Read about a place", ListingSerializer, errors.ListingNotFoundError)
    @cached(services.PLACES)
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Give a listing; one that is not published only to who may change it."""
        get_private = partial(queries.get_listing, listing_id, by=request.user)
        return with_etag(self.public_detail_response(get_private, listing_id=listing_id))

    @write_operation(
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
        require_if_match(request, ListingSerializer(read).data, errors.ListingChangedError)
        changes = self.validated_body(ListingChangeInput)
        changed = services.change_listing(
            listing_id=listing_id, by=request.user, version=read.version, **changes
        )
        return with_etag(self.detail_response(changed))
