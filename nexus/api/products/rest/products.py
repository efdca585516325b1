"""Products, their images, prices and stock."""

from codecs import iterdecode
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError, PreconditionRequiredError
from nexus.api.fields import PriceField
from nexus.api.inputs import PageParameters
from nexus.api.products.inputs import (
    AttributesField,
    ImageInput,
    ImportParameters,
    PriceInput,
    ProductChangeInput,
    ProductInput,
    ProductListParameters,
    StockInput,
)
from nexus.api.products.rest.categories import CategoryLinkSerializer
from nexus.api.rest.etags import IF_MATCH, require_if_match, with_etag
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.api.rest.response_cache import cached
from nexus.api.sql_json import SqlJson
from nexus.apps.products import errors, queries, services
from nexus.apps.products.importing import ImportReport, import_products
from nexus.apps.products.models import Image, Product
from nexus.core.database.keyset import CursorError

__all__ = [
    "ImageDetail",
    "ImageList",
    "ImageSerializer",
    "ImportReportSerializer",
    "OwnProductList",
    "ProductDetail",
    "ProductImport",
    "ProductList",
    "ProductPrice",
    "ProductSerializer",
    "ProductStock",
    "ProductSummarySerializer",
]

KEEP_GOOD = OpenApiParameter(
    "keep_good",
    bool,
    description="Import the valid lines even if others are not. Otherwise nothing is imported.",
    default=False,
)
MAX_IMPORT_BYTES = 10 * 2**20
ACCESS_ERRORS = (errors.ProductNotFoundError, errors.ProductNotAllowedError)


class ImageSerializer(serializers.ModelSerializer[Image]):
    """An image of a product."""

    class Meta:
        model = Image
        fields: ClassVar = ["id", "url", "alt", "position"]


class ProductSummarySerializer(serializers.ModelSerializer[Product]):
    """A product in a list."""

    slug = serializers.CharField(read_only=True, help_text="For readable addresses.")
    category = CategoryLinkSerializer(read_only=True)
    price = PriceField()
    merchant = serializers.IntegerField(
        source="owner_id",
        allow_null=True,
        read_only=True,
        help_text="Null: sold by the shop itself.",
    )
    images = ImageSerializer(many=True, read_only=True)

    class Meta:
        model = Product
        fields: ClassVar = [
            "id",
            "sku",
            "slug",
            "name",
            "category",
            "merchant",
            "price",
            "currency",
            "stock",
            "is_published",
            "created_at",
            "images",
        ]


class ProductSerializer(ProductSummarySerializer):
    """A product."""

    attributes = AttributesField(read_only=True)
    version = serializers.IntegerField(
        read_only=True, help_text="Incremented with each change. GraphQL's updates require it."
    )

    class Meta(ProductSummarySerializer.Meta):
        fields: ClassVar = [
            *ProductSummarySerializer.Meta.fields,
            "description",
            "attributes",
            "version",
        ]


class LineFaultSerializer(serializers.Serializer[Any]):
    """One fault in a line of an imported file."""

    line = serializers.IntegerField(help_text="Starts at 1, the header.")
    column = serializers.CharField(help_text="Empty if the whole line is concerned.")
    detail = serializers.CharField()


class ImportReportSerializer(serializers.Serializer[ImportReport]):
    """The result of an import."""

    imported = serializers.BooleanField(help_text="Whether anything was written.")
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    faults = LineFaultSerializer(many=True)


class CsvParser(BaseParser):
    """CSV, passed on as the stream in which it arrives."""

    media_type = "text/csv"

    def parse(self, stream: Any, *_args: Any, **_options: Any) -> Any:
        return stream


class ProductList(Resource):
    """The products of the shop."""

    serializer_class = ProductSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parameters_class = ProductListParameters
    orders = queries.ORDERS
    sql_json = SqlJson(queries.list_products)

    @read_operation(
        "List products",
        ProductSummarySerializer(many=True),
        CursorError,
        errors.CategoryNotFoundError,
        parameters=ProductListParameters,
    )
    @cached(services.PRODUCTS)
    def get(self, _request: Request) -> HttpResponse:
        """Return the published products that match every filter."""
        filters = self.filters
        if filters.get("category"):
            filters["category"] = queries.ids_below(filters["category"])
        return self.public_list_response(**filters)

    @write_operation(
        "Create a product",
        {201: ProductSerializer},
        errors.ProductNotAllowedError,
        errors.CategoryNotFoundError,
        errors.AttributesError,
        errors.SkuTakenError,
        request=ProductInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Create a product; a draft unless `is_published` is true."""
        product = services.create_product(by=request.user, **self.validated_body(ProductInput))
        address = reverse("api:product", args=[product.pk])
        content = ProductSerializer(product).data
        return Response(content, status.HTTP_201_CREATED, headers={"Location": address})


class ProductImport(Resource):
    """An import of products."""

    serializer_class = ImportReportSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)
    parser_classes = (CsvParser,)
    write_parameters_class = ImportParameters

    @write_operation(
        "Import products",
        {200: ImportReportSerializer},
        errors.ProductNotAllowedError,
        errors.SkuTakenError,
        errors.ImportSizeError,
        request={"text/csv": str},
        headers=[KEEP_GOOD],
    )
    def post(self, request: Request) -> Response:
        """Create or update your products by SKU, from CSV in UTF-8 with a header.

        The required columns are sku, name, category and price; the optional ones currency,
        description, stock, is_published (true or false) and attributes (a JSON object). An empty
        cell changes nothing. stock is the counted stock; the difference is recorded.
        """
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_IMPORT_BYTES:
            raise errors.ImportSizeError
        stream: Any = request.data or ()
        lines = iterdecode(stream, "utf-8-sig")
        return self.detail_response(
            import_products(lines=lines, by=request.user, **self.parameters)
        )


class OwnProductList(Resource):
    """The current user's products."""

    serializer_class = ProductSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List your products",
        ProductSummarySerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the products of the current user, drafts included, newest first."""
        return self.list_response(queries.with_relations(queries.list_own_products(request.user)))


class ProductDetail(Resource):
    """One product."""

    serializer_class = ProductSerializer
    sql_json = SqlJson(queries.public_product, key="product_id")
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @read_operation("Get a product", ProductSerializer, errors.ProductNotFoundError)
    @cached(services.PRODUCTS)
    def get(self, request: Request, product_id: int) -> HttpResponse:
        """Return a product. Drafts are visible only to those who can change them."""
        get_private = partial(queries.get_product, product_id, by=request.user)
        return with_etag(self.public_detail_response(get_private, product_id=product_id))

    @write_operation(
        "Change a product",
        {200: ProductSerializer},
        *ACCESS_ERRORS,
        errors.CategoryNotFoundError,
        errors.AttributesError,
        errors.SkuTakenError,
        errors.ProductChangedError,
        PreconditionRequiredError,
        request=ProductChangeInput,
        headers=[IF_MATCH],
    )
    def patch(self, request: Request, product_id: int) -> Response:
        """Change a product; omitted members stay as they are."""
        current = queries.get_product(product_id, by=request.user)
        require_if_match(request, ProductSerializer(current).data, errors.ProductChangedError)
        body = self.validated_body(ProductChangeInput)
        product = services.update_product(
            product_id=product_id, by=request.user, version=current.version, **body
        )
        return with_etag(self.detail_response(product))

    @write_operation("Unpublish a product", {204: None}, *ACCESS_ERRORS, request=None)
    def delete(self, request: Request, product_id: int) -> Response:
        """Make a product a draft again. Orders keep referring to it."""
        services.unpublish_product(product_id=product_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProductPrice(Resource):
    """The price of a product."""

    serializer_class = ProductSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation("Set a price", {200: ProductSerializer}, *ACCESS_ERRORS, request=PriceInput)
    def put(self, request: Request, product_id: int) -> Response:
        """Set the price of a product."""
        body = self.validated_body(PriceInput)
        return self.detail_response(
            services.set_price(product_id=product_id, by=request.user, **body)
        )


class ProductStock(Resource):
    """Changes of a product's stock."""

    serializer_class = ProductSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Adjust stock",
        {200: ProductSerializer},
        *ACCESS_ERRORS,
        errors.OutOfStockError,
        request=StockInput,
    )
    def post(self, request: Request, product_id: int) -> Response:
        """Record units received or removed. Stock never goes below 0."""
        body = self.validated_body(StockInput)
        return self.detail_response(
            services.adjust_stock(product_id=product_id, by=request.user, **body)
        )


class ImageList(Resource):
    """The images of a product."""

    serializer_class = ImageSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Add an image",
        {201: ImageSerializer},
        *ACCESS_ERRORS,
        errors.ImagesFullError,
        request=ImageInput,
        headers=[LOCATION],
    )
    def post(self, request: Request, product_id: int) -> Response:
        """Add an image after the existing ones of the product."""
        body = self.validated_body(ImageInput)
        image = services.add_image(product_id=product_id, by=request.user, **body)
        address = reverse("api:product", args=[product_id])
        return self.detail_response(
            image, status=status.HTTP_201_CREATED, headers={"Location": address}
        )


class ImageDetail(Resource):
    """One image of a product."""

    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Remove an image", {204: None}, *ACCESS_ERRORS, errors.ImageNotFoundError, request=None
    )
    def delete(self, request: Request, product_id: int, image_id: int) -> Response:
        """Remove an image; the others keep their order."""
        services.remove_image(product_id=product_id, image_id=image_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
