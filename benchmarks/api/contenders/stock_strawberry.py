"""Strawberry for Django as its documentation shows it, with its optimizer."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
import strawberry_django
from django.urls import path
from strawberry.django.views import GraphQLView
from strawberry_django.optimizer import DjangoOptimizerExtension

from benchmarks.api.contenders.alike import limited
from nexus.apps.products import models

__all__ = ["urlpatterns"]


@strawberry_django.type(models.Category)
class Category:
    """A category by name."""

    slug: strawberry.auto
    name: strawberry.auto
    path: str


@strawberry_django.type(models.Image)
class Image:
    """A picture."""

    id: int
    url: strawberry.auto
    alt: strawberry.auto
    position: strawberry.auto


@strawberry_django.type(models.Product, pagination=True)
class Product:
    """A product."""

    id: int
    sku: strawberry.auto
    slug: str
    name: strawberry.auto
    category: Category
    price: Decimal
    currency: strawberry.auto
    stock: strawberry.auto
    is_published: strawberry.auto
    created_at: datetime
    images: list[Image]

    @classmethod
    def get_queryset(cls, rows: Any, _info: Any) -> Any:
        """Return the published products, the newest first."""
        return rows.filter(is_published=True).order_by("-id")


@strawberry.type
class Query:
    """The queries."""

    products: list[Product] = strawberry_django.field()


schema = strawberry.Schema(query=Query, extensions=[DjangoOptimizerExtension])
urlpatterns = [path("graphql/", limited(GraphQLView.as_view(schema=schema)))]
