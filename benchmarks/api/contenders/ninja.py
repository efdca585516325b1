"""django-ninja, with eager loading."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import path
from ninja import Field, NinjaAPI, Schema

from benchmarks.api.contenders import PAGE
from benchmarks.api.contenders.alike import alike
from nexus.apps.products.models import Product

__all__ = ["urlpatterns"]

api = NinjaAPI()


class CategoryOut(Schema):
    """A category by name."""

    slug: str
    name: str
    path: str


class ImageOut(Schema):
    """A picture."""

    id: int
    url: str
    alt: str
    position: int


class ProductOut(Schema):
    """A product of a list."""

    id: int
    sku: str
    slug: str
    name: str
    category: CategoryOut
    merchant: int | None = Field(None, alias="owner_id")
    price: Decimal
    currency: str
    stock: int
    is_published: bool
    created_at: datetime
    images: list[ImageOut]


class Page(Schema):
    """A page of products, and the key of the last one."""

    results: list[ProductOut]
    next: str | None


@api.get("products", response=Page)
def products(request: Any, after: int | None = None, limit: int = PAGE) -> dict[str, Any]:  # noqa: ARG001 -- ninja reads the names
    """Return the published products, the newest first."""
    rows = Product.objects.filter(is_published=True).order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    page = list(rows.select_related("category").prefetch_related("images")[:limit])
    return {"results": page, "next": str(page[-1].pk) if page else None}


addresses, _, _ = api.urls
urlpatterns = [path("products", alike(next(a.callback for a in addresses if a.name == "products")))]
