"""The tree of categories."""

from typing import ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.inputs import PageParameters
from nexus.api.products.inputs import CategoryChangeInput, CategoryInput
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.api.rest.response_cache import cached
from nexus.api.sql_json import SqlJson
from nexus.apps.products import errors, queries, services
from nexus.apps.products.models import Category
from nexus.core.database.keyset import CursorError

__all__ = ["CategoryDetail", "CategoryLinkSerializer", "CategoryList", "CategorySerializer"]

ACCESS_ERRORS = (errors.ProductNotAllowedError, errors.CategoryNotFoundError)


class CategoryLinkSerializer(serializers.ModelSerializer[Category]):
    """A category by name."""

    path = serializers.CharField(read_only=True)

    class Meta:
        model = Category
        fields: ClassVar = ["slug", "name", "path"]


class CategorySerializer(CategoryLinkSerializer):
    """A category of products."""

    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, read_only=True, help_text="The slug of the parent category."
    )
    attribute_kinds = serializers.DictField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Attributes of products in this category and below: text, integer, number "
        "or flag.",
    )

    class Meta(CategoryLinkSerializer.Meta):
        fields: ClassVar = ["slug", "name", "path", "parent", "attribute_kinds"]


class CategoryList(Resource):
    """The tree of categories."""

    serializer_class = CategorySerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)
    pagination_class = KeysetPagination
    parameters_class = PageParameters
    order = ("path",)
    sql_json = SqlJson(queries.list_categories, computed={"parent": queries.PARENT})

    @read_operation(
        "List categories", CategorySerializer(many=True), CursorError, parameters=PageParameters
    )
    @cached(services.CATEGORIES)
    def get(self, _request: Request) -> HttpResponse:
        """Return the categories by path, each after its parent."""
        return self.public_list_response()

    @write_operation(
        "Create a category",
        {201: CategorySerializer},
        *ACCESS_ERRORS,
        errors.CategoryTakenError,
        errors.CategoryMoveError,
        request=CategoryInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Create a category, at the root or below a parent."""
        category = services.create_category(by=request.user, **self.validated_body(CategoryInput))
        address = reverse("api:category", args=[category.slug])
        return self.detail_response(
            category, status=status.HTTP_201_CREATED, headers={"Location": address}
        )


class CategoryDetail(Resource):
    """One category."""

    serializer_class = CategorySerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @read_operation("Get a category", CategorySerializer, errors.CategoryNotFoundError)
    def get(self, _request: Request, category: str) -> Response:
        """Return a category."""
        return self.detail_response(queries.get_category(category))

    @write_operation(
        "Change a category",
        {200: CategorySerializer},
        *ACCESS_ERRORS,
        errors.CategoryMoveError,
        errors.CategoryInUseError,
        request=CategoryChangeInput,
    )
    def patch(self, request: Request, category: str) -> Response:
        """Rename a category, move it, or change the attributes of its products."""
        body = self.validated_body(CategoryChangeInput)
        return self.detail_response(
            services.update_category(slug=category, by=request.user, **body)
        )

    @write_operation(
        "Delete a category", {204: None}, *ACCESS_ERRORS, errors.CategoryInUseError, request=None
    )
    def delete(self, request: Request, category: str) -> Response:
        """Delete an empty category."""
        services.delete_category(slug=category, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
