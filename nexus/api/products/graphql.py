"""Products, their images, prices and stock, and categories."""

from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry_django
from django.db.models import QuerySet
from strawberry.relay import Connection
from strawberry.scalars import JSON

from nexus.api.graphql.connections import paginate, paginate_list
from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import make_enum
from nexus.api.graphql.inputs import Values, takes
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import DEFAULT_PAGE_SIZE
from nexus.api.products.inputs import (
    CategoryChangeInput,
    CategoryInput,
    ImageInput,
    PriceInput,
    ProductChangeInput,
    ProductInput,
    ProductListParameters,
    StockInput,
)
from nexus.apps.products import models, queries, services
from nexus.apps.products.importing import import_products

__all__ = ["Category", "Image", "ImportReport", "Product", "ProductsMutation", "ProductsQuery"]

ProductOrder = make_enum(
    "ProductOrder",
    queries.ORDERS,
    "The order of products; _PRICE means highest price first.",
)


@strawberry_django.type(models.Category, description="A category of products.")
class Category:
    """A category of products."""

    slug: strawberry.auto
    name: strawberry.auto
    path: str
    parent: str | None = strawberry_django.field(
        only=["parent_path"], description="The slug of the parent category."
    )
    attribute_kinds: JSON


@strawberry_django.type(models.Image, description="An image of a product.")
class Image:
    """An image of a product."""

    id: BigInt
    url: strawberry.auto
    alt: strawberry.auto
    position: strawberry.auto

    @classmethod
    def get_queryset(cls, rows: QuerySet[models.Image], _info: Info) -> QuerySet[models.Image]:
        return rows.order_by("position")


@strawberry_django.type(models.Product, description="An item for sale.")
class Product:
    """A product."""

    id: BigInt
    sku: strawberry.auto
    slug: str
    name: strawberry.auto
    description: strawberry.auto
    category: Category
    merchant: BigInt | None = strawberry_django.field(
        field_name="owner_id", only=["owner_id"], description="Null: sold by the shop itself."
    )
    price: Decimal
    currency: strawberry.auto
    stock: strawberry.auto
    is_published: strawberry.auto
    created_at: datetime
    images: list[Image]
    attributes: JSON
    version: int


@strawberry.type(description="One fault in a line of an imported file.")
class LineFault:
    """One fault in a line of an imported file."""

    line: int
    column: str
    detail: str


@strawberry.type(description="The result of an import.")
class ImportReport:
    """The result of an import."""

    imported: bool
    added: int
    changed: int
    faults: list[LineFault]


@strawberry.type
class ProductsQuery:
    """Queries of products."""

    @strawberry.field(description="The categories by path, each after its parent.")
    def categories(self, first: int = DEFAULT_PAGE_SIZE, after: str = "") -> Connection[Category]:
        rows = [(row, (row.path,)) for row in queries.list_categories()]
        return paginate_list(rows, first=first, after=after)

    @strawberry.field(description="One category.")
    def category(self, slug: str) -> Category | None:
        return queries.get_category(slug)

    @strawberry.field(description="The published products that match every filter.")
    @takes(ProductListParameters, enums={"order": ProductOrder}, anonymous=True)
    def products(
        self, info: Info, values: Values, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Product]:
        order = queries.ORDERS[values.pop("order")]
        values.pop("limit")
        rows = queries.find_products(**values)
        return paginate(rows, info, order=order, first=first, after=after)

    @strawberry.field(description="Your products, drafts included, newest first.")
    def own_products(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Product]:
        rows = queries.list_own_products(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(
        description="One product. Drafts are visible only to those who can change them."
    )
    def product(self, info: Info, product_id: Id) -> Product | None:
        return queries.get_product(product_id, by=info.context.user)


@strawberry.type
class ProductsMutation:
    """Mutations of products."""

    @strawberry.mutation(description="Create a category, at the root or below a parent.")
    @takes(CategoryInput)
    def create_category(self, info: Info, values: Values) -> Category:
        return services.create_category(by=info.context.require_user(), **values)

    @strawberry.mutation(
        description="Rename a category, move it (an empty parent is the root), or change the "
        "attributes of its products."
    )
    @takes(CategoryChangeInput)
    def update_category(self, info: Info, slug: str, values: Values) -> Category:
        return services.update_category(slug=slug, by=info.context.require_user(), **values)

    @strawberry.mutation(description="Delete an empty category. Returns its slug.")
    def delete_category(self, info: Info, slug: str) -> str:
        services.delete_category(slug=slug, by=info.context.require_user())
        return slug

    @strawberry.mutation(description="Create a product; a draft unless isPublished is true.")
    @takes(ProductInput)
    def create_product(self, info: Info, values: Values) -> Product:
        return services.create_product(by=info.context.require_user(), **values)

    @strawberry.mutation(description="Change a product, if its version is still the one you read.")
    @takes(ProductChangeInput)
    def update_product(self, info: Info, product_id: Id, version: int, values: Values) -> Product:
        user = info.context.require_user()
        return services.update_product(product_id=product_id, version=version, by=user, **values)

    @strawberry.mutation(description="Set the price of a product.")
    @takes(PriceInput)
    def set_price(self, info: Info, product_id: Id, values: Values) -> Product:
        user = info.context.require_user()
        return services.set_price(product_id=product_id, by=user, **values)

    @strawberry.mutation(
        description="Adjust stock: positive for units received, negative for units removed."
    )
    @takes(StockInput)
    def adjust_stock(self, info: Info, product_id: Id, values: Values) -> Product:
        user = info.context.require_user()
        return services.adjust_stock(product_id=product_id, by=user, **values)

    @strawberry.mutation(description="Unpublish a product. Returns it.")
    def unpublish_product(self, info: Info, product_id: Id) -> Product:
        user = info.context.require_user()
        services.unpublish_product(product_id=product_id, by=user)
        return queries.get_product(product_id, by=user)

    @strawberry.mutation(description="Add an image after the existing ones of a product.")
    @takes(ImageInput)
    def add_image(self, info: Info, product_id: Id, values: Values) -> Image:
        user = info.context.require_user()
        return services.add_image(product_id=product_id, by=user, **values)

    @strawberry.mutation(description="Remove an image. Returns the product.")
    def remove_image(self, info: Info, product_id: Id, image_id: BigInt) -> Product:
        user = info.context.require_user()
        services.remove_image(product_id=product_id, image_id=image_id, by=user)
        return queries.get_product(product_id, by=user)

    @strawberry.mutation(
        description="Create or update your products by SKU, from the same CSV as in REST."
    )
    def import_products(self, info: Info, *, csv: str, keep_good: bool = False) -> ImportReport:
        user = info.context.require_user()
        lines = csv.splitlines(keepends=True)
        return import_products(lines=lines, by=user, keep_good=keep_good)
