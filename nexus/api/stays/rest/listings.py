"""Listings: places to stay."""

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

ACCESS_ERRORS = (errors.ListingNotFoundError, errors.StayNotAllowedError)


class ListingSummarySerializer(serializers.ModelSerializer[Listing]):
    """A listing in a list."""

    host = serializers.IntegerField(
        source="host_id",
        allow_null=True,
        read_only=True,
        help_text="Null: offered by the house itself.",
    )
    price_per_night = PriceField(help_text="The price of a night outside of seasons.")

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
    """A place to stay."""

    version = serializers.IntegerField(
        read_only=True, help_text="Incremented with each change. GraphQL's updates require it."
    )

    class Meta(ListingSummarySerializer.Meta):
        fields: ClassVar = [*ListingSummarySerializer.Meta.fields, "description", "version"]


class ListingList(Resource):
    """The places to stay."""

    serializer_class = ListingSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parameters_class = ListingListParameters
    orders = queries.ORDERS
    sql_json = SqlJson(queries.find_listings, serialized_with=frozenset({"arrival"}))

    @read_operation(
        "List listings",
        ListingSummarySerializer(many=True),
        CursorError,
        errors.DatesRefusedError,
        parameters=ListingListParameters,
    )
    @cached(services.PLACES)
    def get(self, _request: Request) -> HttpResponse:
        """Return the published listings that match every filter and are free on the dates."""
        return self.public_list_response(**self.filters)

    @write_operation(
        "Create a listing",
        {201: ListingSerializer},
        errors.StayNotAllowedError,
        request=ListingInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Create a listing; a draft unless `is_published` is true."""
        listing = services.create_listing(by=request.user, **self.validated_body(ListingInput))
        address = reverse("api:stay", args=[listing.pk])
        content = ListingSerializer(listing).data
        return Response(content, status.HTTP_201_CREATED, headers={"Location": address})


class OwnListingList(Resource):
    """The current user's listings."""

    serializer_class = ListingSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List your listings",
        ListingSummarySerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the listings of the current user, drafts included, newest first."""
        return self.list_response(queries.list_own_listings(request.user))


class ListingDetail(Resource):
    """One place to stay."""

    serializer_class = ListingSerializer
    sql_json = SqlJson(queries.public_listing, key="listing_id")
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @read_operation("Get a listing", ListingSerializer, errors.ListingNotFoundError)
    @cached(services.PLACES)
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Return a listing. Drafts are visible only to those who can change them."""
        get_private = partial(queries.get_listing, listing_id, by=request.user)
        return with_etag(self.public_detail_response(get_private, listing_id=listing_id))

    @write_operation(
        "Change a listing",
        {200: ListingSerializer},
        *ACCESS_ERRORS,
        errors.ListingChangedError,
        PreconditionRequiredError,
        request=ListingChangeInput,
        headers=[IF_MATCH],
    )
    def patch(self, request: Request, listing_id: int) -> Response:
        """Change or publish a listing; omitted members stay as they are, and so do bookings."""
        current = queries.get_listing(listing_id, by=request.user)
        require_if_match(request, ListingSerializer(current).data, errors.ListingChangedError)
        body = self.validated_body(ListingChangeInput)
        listing = services.change_listing(
            listing_id=listing_id, by=request.user, version=current.version, **body
        )
        return with_etag(self.detail_response(listing))
