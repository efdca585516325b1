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
    description="Write the good lines; else all are left out if one is bad.",
    default=False,
)
MAX_IMPORT_BYTES = 10 * 2**20
REFUSED = (errors.ProductNotFoundError, errors.ProductNotAllowedError)


class ImageSerializer(serializers.ModelSerializer[Image]):
    """A picture of a product."""

    class Meta:
        model = Image
        fields: ClassVar = ["id", "url", "alt", "position"]


class ProductSummarySerializer(serializers.ModelSerializer[Product]):
    """A product as a list shows it."""

    slug = serializers.CharField(read_only=True, help_text="For readable addresses.")
    category = CategoryLinkSerializer(read_only=True)
    price = PriceField()
    merchant = serializers.IntegerField(
        source="owner_id", allow_null=True, read_only=True, help_text="Null: the house itself."
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
        read_only=True, help_text="Counts the changes; GraphQL's updates name it."
    )

    class Meta(ProductSummarySerializer.Meta):
        fields: ClassVar = [
            *ProductSummarySerializer.Meta.fields,
            "description",
            "attributes",
            "version",
        ]


class LineFaultSerializer(serializers.Serializer[Any]):
    """What is wrong with a line of a file."""

    line = serializers.IntegerField(help_text="Counted from 1, the header.")
    column = serializers.CharField(help_text="Empty where it is the line as a whole.")
    detail = serializers.CharField()


class ImportReportSerializer(serializers.Serializer[ImportReport]):
    """What an import came to."""

    imported = serializers.BooleanField(help_text="Whether anything was written.")
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    faults = LineFaultSerializer(many=True)


class CsvParser(BaseParser):
    """CSV, given on as the stream that it comes in."""

    media_type = "text/csv"

    def parse(self, stream: Any, *_args: Any, **_options: Any) -> Any:
        """Give the stream."""
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
    @cached(services.CATALOGUE)
    def get(self, _request: Request) -> HttpResponse:
        """Give the published products that fit every filter."""
        filters = self.filters
        if filters.get("category"):
            filters["category"] = queries.ids_below(filters["category"])
        return self.public_list_response(**filters)

    @write_operation(
        "Offer a product",
        {201: ProductSerializer},
        errors.ProductNotAllowedError,
        errors.CategoryNotFoundError,
        errors.AttributesError,
        errors.SkuTakenError,
        request=ProductInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Offer a product, a draft unless `is_published` is true."""
        made = services.create_product(by=request.user, **self.validated_body(ProductInput))
        address = reverse("api:product", args=[made.pk])
        shown = ProductSerializer(made).data
        return Response(shown, status.HTTP_201_CREATED, headers={"Location": address})


class ProductImport(Resource):
    """Products as a file."""

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
        """Add or change one's own products by SKU, from CSV in UTF-8 with a header.

        The columns are sku, name, category and price, and if you like currency, description,
        stock, is_published (true or false) and attributes (a JSON object). An empty cell changes
        nothing. A stock is the number of pieces counted; the difference is booked.
        """
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_IMPORT_BYTES:
            raise errors.ImportSizeError
        sent: Any = request.data or ()
        lines = iterdecode(sent, "utf-8-sig")
        return self.detail_response(
            import_products(lines=lines, by=request.user, **self.parameters)
        )


class OwnProductList(Resource):
    """What a merchant offers."""

    serializer_class = ProductSummarySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List one's own products",
        ProductSummarySerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Give the caller's own products, drafts too, the newest first."""
        return self.list_response(queries.with_relations(queries.list_own_products(request.user)))


class ProductDetail(Resource):
    """One product."""

    serializer_class = ProductSerializer
    sql_json = SqlJson(queries.public_product, key="product_id")
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @read_operation("Read a product", ProductSerializer, errors.ProductNotFoundError)
    @cached(services.CATALOGUE)
    def get(self, request: Request, product_id: int) -> HttpResponse:
        """Give a product; one that is not published only to who may change it."""
        get_private = partial(queries.get_product, product_id, by=request.user)
        return with_etag(self.public_detail_response(get_private, product_id=product_id))

    @write_operation(
        "Change a product",
        {200: ProductSerializer},
        *REFUSED,
        errors.CategoryNotFoundError,
        errors.AttributesError,
        errors.SkuTakenError,
        errors.ProductChangedError,
        PreconditionRequiredError,
        request=ProductChangeInput,
        headers=[IF_MATCH],
    )
    def patch(self, request: Request, product_id: int) -> Response:
        """Change what a product says of itself; members that are left out stay as they are."""
        read = queries.get_product(product_id, by=request.user)
        require_if_match(request, ProductSerializer(read).data, errors.ProductChangedError)
        changes = self.validated_body(ProductChangeInput)
        changed = services.update_product(
            product_id=product_id, by=request.user, version=read.version, **changes
        )
        return with_etag(self.detail_response(changed))

    @write_operation("Take a product out of the shop", {204: None}, *REFUSED, request=None)
    def delete(self, request: Request, product_id: int) -> Response:
        """Make a product a draft again; what was sold goes on referring to it."""
        services.unpublish_product(product_id=product_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProductPrice(Resource):
    """What a product costs."""

    serializer_class = ProductSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation("Set a price", {200: ProductSerializer}, *REFUSED, request=PriceInput)
    def put(self, request: Request, product_id: int) -> Response:
        """Set what a product costs from now on."""
        wanted = self.validated_body(PriceInput)
        return self.detail_response(
            services.set_price(product_id=product_id, by=request.user, **wanted)
        )


class ProductStock(Resource):
    """Changes of a product's stock."""

    serializer_class = ProductSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Book a change of stock",
        {200: ProductSerializer},
        *REFUSED,
        errors.OutOfStockError,
        request=StockInput,
    )
    def post(self, request: Request, product_id: int) -> Response:
        """Book pieces that came in or went out; what is not there is not taken."""
        wanted = self.validated_body(StockInput)
        return self.detail_response(
            services.adjust_stock(product_id=product_id, by=request.user, **wanted)
        )


class ImageList(Resource):
    """The images of a product."""

    serializer_class = ImageSerializer
    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Add an image",
        {201: ImageSerializer},
        *REFUSED,
        errors.ImagesFullError,
        request=ImageInput,
        headers=[LOCATION],
    )
    def post(self, request: Request, product_id: int) -> Response:
        """Put a picture behind those that the product has."""
        wanted = self.validated_body(ImageInput)
        made = services.add_image(product_id=product_id, by=request.user, **wanted)
        address = reverse("api:product", args=[product_id])
        return self.detail_response(
            made, status=status.HTTP_201_CREATED, headers={"Location": address}
        )


class ImageDetail(Resource):
    """One image of a product."""

    permission_classes = (IsAuthenticatedOrReadOnly,)

    @write_operation(
        "Remove an image", {204: None}, *REFUSED, errors.ImageNotFoundError, request=None
    )
    def delete(self, request: Request, product_id: int, image_id: int) -> Response:
        """Remove a picture; the others keep their order."""
        services.remove_image(product_id=product_id, image_id=image_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
