"""graphene-django with graphene-django-optimizer, as their documentation shows it."""

from typing import Any

import graphene
import graphene_django_optimizer as optimizer
from django.urls import path
from graphene_django import DjangoObjectType
from graphene_django.views import GraphQLView

from benchmarks.api.contenders.alike import limited
from nexus.apps.products import models

__all__ = ["urlpatterns"]


class Category(DjangoObjectType):
    """A category by name."""

    path = graphene.String()

    class Meta:
        model = models.Category
        fields = ("slug", "name")


class Image(DjangoObjectType):
    """A picture."""

    id = graphene.Int()

    class Meta:
        model = models.Image
        fields = ("url", "alt", "position")


class Product(DjangoObjectType):
    """A product."""

    id = graphene.Int()
    slug = graphene.String()

    class Meta:
        model = models.Product
        fields = (
            "sku",
            "name",
            "category",
            "price",
            "currency",
            "stock",
            "is_published",
            "created_at",
            "images",
        )


class Query(graphene.ObjectType):
    """The queries."""

    products = graphene.List(Product, limit=graphene.Int())

    def resolve_products(self, info: Any, limit: int) -> Any:
        """Return the published products, the newest first."""
        rows = models.Product.objects.filter(is_published=True).order_by("-id")
        return optimizer.query(rows, info)[:limit]


schema = graphene.Schema(query=Query)
urlpatterns = [path("graphql/", limited(GraphQLView.as_view(schema=schema)))]
