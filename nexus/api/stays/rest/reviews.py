"""Guests' reviews of listings."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.inputs import PageParameters
from nexus.api.rest.operations import read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.api.stays.inputs import ReviewInput
from nexus.apps.stays import errors, queries, services
from nexus.apps.stays.models import Review
from nexus.core.database.keyset import CursorError

__all__ = [
    "BookingReview",
    "ReviewList",
    "ReviewSerializer",
]


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A guest's review of a stay."""

    class Meta:
        model = Review
        fields: ClassVar = ["id", "rating", "text", "created_at"]


class ReviewList(Resource):
    """The reviews of a listing."""

    serializer_class = ReviewSerializer
    pagination_class = KeysetPagination
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List the reviews of a listing",
        ReviewSerializer(many=True),
        CursorError,
        errors.ListingNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, listing_id: int) -> HttpResponse:
        """Return the reviews of a listing, newest first."""
        return self.list_response(queries.list_reviews(listing_id, by=request.user))


class BookingReview(Resource):
    """The review of a booking."""

    serializer_class = ReviewSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Review a stay",
        {201: ReviewSerializer},
        errors.BookingNotFoundError,
        errors.StayNotAllowedError,
        errors.StayNotEndedError,
        errors.ReviewExistsError,
        request=ReviewInput,
    )
    def post(self, request: Request, booking_id: int) -> Response:
        """Review a stay after it has ended, as its guest."""
        body = self.validated_body(ReviewInput)
        review = services.review_stay(booking_id=booking_id, by=request.user, **body)
        return self.detail_response(review, status=status.HTTP_201_CREATED)
