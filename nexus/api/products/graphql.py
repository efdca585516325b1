"""Products, their images, prices and stock, and the tree of categories."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
import strawberry_django
from django.db.models import QuerySet
from strawberry.relay import Connection
from strawberry.scalars import JSON

from nexus.api.graphql.connections import paginate, paginate_list
from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import enum_value, make_enum
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import DEFAULT_PAGE_SIZE, validate
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
    "How products are ordered; _PRICE is the highest price first.",
)


@strawberry_django.type(models.Category, description="A shelf of the shop.")
class Category:
    """A shelf of the shop."""

    slug: strawberry.auto
    name: strawberry.auto
    path: str
    parent: str | None = strawberry_django.field(
        only=["parent_path"], description="The slug of the category above."
    )
    attribute_kinds: JSON


@strawberry_django.type(models.Image, description="A picture of a product.")
class Image:
    """A picture of a product."""

    id: BigInt
    url: strawberry.auto
    alt: strawberry.auto
    position: strawberry.auto

    @classmethod
    def get_queryset(cls, rows: QuerySet[models.Image], _info: Info) -> QuerySet[models.Image]:
        return rows.order_by("position")


@strawberry_django.type(models.Product, description="Something that is sold by the piece.")
class Product:
    """A product."""

    id: BigInt
    sku: strawberry.auto
    slug: str
    name: strawberry.auto
    description: strawberry.auto
    category: Category
    merchant: BigInt | None = strawberry_django.field(
        field_name="owner_id", only=["owner_id"], description="Null: the house itself."
    )
    price: Decimal
    currency: strawberry.auto
    stock: strawberry.auto
    is_published: strawberry.auto
    created_at: datetime
    images: list[Image]
    attributes: JSON
    version: int


@strawberry.type(description="What is wrong with a line of a file.")
class LineFault:
    """What is wrong with a line of a file."""

    line: int
    column: str
    detail: str


@strawberry.type(description="What an import came to.")
class ImportReport:
    """What an import came to."""

    imported: bool
    added: int
    changed: int
    faults: list[LineFault]


@strawberry.type
class ProductsQuery:
    """Reads of products."""

    @strawberry.field(description="The categories by path, each behind the one above it.")
    def categories(self, first: int = DEFAULT_PAGE_SIZE, after: str = "") -> Connection[Category]:
        rows = [(row, (row.path,)) for row in queries.list_categories()]
        return paginate_list(rows, first=first, after=after)

    @strawberry.field(description="One category.")
    def category(self, slug: str) -> Category | None:
        return queries.get_category(slug)

    @strawberry.field(description="The published products that fit every filter.")
    def products(  # noqa: PLR0913 -- one argument for each documented filter
        self,
        info: Info,
        *,
        category: str | None = None,
        min_price: str | None = None,
        max_price: str | None = None,
        in_stock: bool | None = None,
        attributes: str | None = None,
        q: str | None = None,
        order: ProductOrder = ProductOrder.NEWEST,
        first: int = DEFAULT_PAGE_SIZE,
        after: str = "",
    ) -> Connection[Product]:
        chosen = validate(
            ProductListParameters,
            category=category,
            min_price=min_price,
            max_price=max_price,
            in_stock=in_stock,
            attributes=attributes,
            q=q,
            order=enum_value(order),
        )
        by = queries.ORDERS[chosen.pop("order")]
        chosen.pop("limit")
        rows = queries.find_products(**chosen)
        return paginate(rows, info, order=by, first=first, after=after)

    @strawberry.field(description="One's own products, drafts too, the newest first.")
    def own_products(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Product]:
        rows = queries.list_own_products(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One product; a draft only for who may change it.")
    def product(self, info: Info, product_id: Id) -> Product | None:
        return queries.get_product(product_id, by=info.context.user)


@strawberry.type
class ProductsMutation:
    """Writes of products."""

    @strawberry.mutation(description="Make a category, below its parent if one is named.")
    def create_category(
        self,
        info: Info,
        *,
        slug: str,
        name: str,
        parent: str = "",
        attribute_kinds: JSON | None = None,
    ) -> Category:
        user = info.context.require_user()
        wanted = validate(
            CategoryInput, slug=slug, name=name, parent=parent, attribute_kinds=attribute_kinds
        )
        return services.create_category(by=user, **wanted)

    @strawberry.mutation(
        description="Rename a category, move it (an empty parent is the root), "
        "or say anew what its products may tell of themselves."
    )
    def update_category(
        self,
        info: Info,
        *,
        slug: str,
        name: str | None = None,
        parent: str | None = None,
        attribute_kinds: JSON | None = None,
    ) -> Category:
        user = info.context.require_user()
        wanted = validate(
            CategoryChangeInput, name=name, parent=parent, attribute_kinds=attribute_kinds
        )
        return services.update_category(slug=slug, by=user, **wanted)

    @strawberry.mutation(description="Delete a category in which nothing is; gives its slug.")
    def delete_category(self, info: Info, slug: str) -> str:
        services.delete_category(slug=slug, by=info.context.require_user())
        return slug

    @strawberry.mutation(description="Offer a product, a draft unless isPublished is true.")
    def create_product(  # noqa: PLR0913 -- one argument for each member of a product
        self,
        info: Info,
        *,
        sku: str,
        name: str,
        category: str,
        price: str,
        currency: str = "EUR",
        description: str = "",
        attributes: JSON | None = None,
        stock: int = 0,
        is_published: bool = False,
    ) -> Product:
        user = info.context.require_user()
        wanted = validate(
            ProductInput,
            sku=sku,
            name=name,
            category=category,
            price=price,
            currency=currency,
            description=description,
            attributes=attributes,
            stock=stock,
            is_published=is_published,
        )
        return services.create_product(by=user, **wanted)

    @strawberry.mutation(
        description="Change what a product says of itself, if its version is the one you read."
    )
    def update_product(  # noqa: PLR0913 -- one argument for each member of a product
        self,
        info: Info,
        *,
        product_id: Id,
        version: int,
        sku: str | None = None,
        name: str | None = None,
        description: str | None = None,
        category: str | None = None,
        attributes: JSON | None = None,
        is_published: bool | None = None,
    ) -> Product:
        user = info.context.require_user()
        changes = validate(
            ProductChangeInput,
            sku=sku,
            name=name,
            description=description,
            category=category,
            attributes=attributes,
            is_published=is_published,
        )
        return services.update_product(product_id=product_id, version=version, by=user, **changes)

    @strawberry.mutation(description="Set what a product costs from now on.")
    def set_price(self, info: Info, product_id: Id, price: str, currency: str = "EUR") -> Product:
        user = info.context.require_user()
        wanted = validate(PriceInput, price=price, currency=currency)
        return services.set_price(product_id=product_id, by=user, **wanted)

    @strawberry.mutation(description="Book pieces that came in, or negative ones that went out.")
    def adjust_stock(self, info: Info, product_id: Id, quantity: int) -> Product:
        user = info.context.require_user()
        wanted = validate(StockInput, quantity=quantity)
        return services.adjust_stock(product_id=product_id, by=user, **wanted)

    @strawberry.mutation(description="Take a product out of the shop; gives it as it is then.")
    def unpublish_product(self, info: Info, product_id: Id) -> Product:
        user = info.context.require_user()
        services.unpublish_product(product_id=product_id, by=user)
        return queries.get_product(product_id, by=user)

    @strawberry.mutation(description="Put a picture behind those that a product has.")
    def add_image(self, info: Info, product_id: Id, url: str, alt: str = "") -> Image:
        user = info.context.require_user()
        wanted: dict[str, Any] = validate(ImageInput, url=url, alt=alt)
        return services.add_image(product_id=product_id, by=user, **wanted)

    @strawberry.mutation(description="Remove a picture; gives the product without it.")
    def remove_image(self, info: Info, product_id: Id, image_id: BigInt) -> Product:
        user = info.context.require_user()
        services.remove_image(product_id=product_id, image_id=image_id, by=user)
        return queries.get_product(product_id, by=user)

    @strawberry.mutation(
        description="Add or change one's own products by SKU, from CSV as REST takes it."
    )
    def import_products(self, info: Info, *, csv: str, keep_good: bool = False) -> ImportReport:
        user = info.context.require_user()
        lines = csv.splitlines(keepends=True)
        return import_products(lines=lines, by=user, keep_good=keep_good)
