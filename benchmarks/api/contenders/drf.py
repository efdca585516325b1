"""Django REST framework as in its tutorial: naive, and with eager loading."""

from typing import Any, ClassVar

from django.urls import path
from rest_framework import generics, serializers

from benchmarks.api.contenders.alike import ByKey, alike
from nexus.apps.products.models import Category, Image, Product

__all__ = ["urlpatterns"]


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category by name."""

    class Meta:
        model = Category
        fields: ClassVar = ["slug", "name", "path"]


class ImageSerializer(serializers.ModelSerializer[Image]):
    """A picture."""

    class Meta:
        model = Image
        fields: ClassVar = ["id", "url", "alt", "position"]


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product of a list."""

    category = CategorySerializer()
    merchant = serializers.IntegerField(source="owner_id")
    images = ImageSerializer(many=True)

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


class Naive(generics.ListAPIView[Any]):
    """Every relation of every product in its own query."""

    queryset = Product.objects.filter(is_published=True)
    serializer_class = ProductSerializer
    pagination_class = ByKey


class Eager(Naive):
    """The relations loaded eagerly."""

    queryset = Naive.queryset.select_related("category").prefetch_related("images")


urlpatterns = [
    path("naive/", alike(Naive.as_view())),
    path("eager/", alike(Eager.as_view())),
]
