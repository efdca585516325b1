"""django-oscar-api from PyPI: its own list, which has only names, and its full products.

It has its own database, with the same products and images.
"""

from typing import Any

from django.db import connection
from django.urls import include, path
from oscarapi.serializers.product import ProductSerializer
from oscarapi.views.product import ProductList

from benchmarks.api.contenders.alike import alike
from nexus.apps.products.samples import Shop

__all__ = ["fill", "urlpatterns"]

FILL = """
INSERT INTO catalogue_productclass (id, name, slug, requires_shipping, track_stock)
VALUES (1, 'Thing', 'thing', true, true);
INSERT INTO catalogue_category (path, depth, numchild, name, description, slug, image, is_public,
    ancestors_are_public, exclude_from_menu, long_description)
SELECT lpad(n::text, 4, '0'), 1, 0, name, '', slug, '', true, true, false, ''
FROM (SELECT row_number() OVER (ORDER BY id) AS n, name, slug FROM products_category) AS ours;
INSERT INTO catalogue_product (id, structure, is_public, upc, title, slug, description,
    product_class_id, is_discountable, date_created, date_updated,
    priority)
SELECT id, 'standalone', true, sku, name, slug, description, 1, true, created_at, created_at, 0
FROM products_product;
INSERT INTO catalogue_productcategory (product_id, category_id)
SELECT id, 1 + id % (SELECT count(*) FROM catalogue_category) FROM catalogue_product;
INSERT INTO catalogue_productimage (product_id, original, caption, display_order, date_created)
SELECT product_id, url, alt, position, now() FROM products_image;
"""


def fill(products: int) -> None:
    """Create our shop, and copy its products, categories and images into Oscar's tables."""
    Shop(products=products).fill()
    with connection.cursor() as cursor:
        cursor.execute(FILL)


class FullList(ProductList):
    """Its list with the serializer of its detail view."""

    serializer_class = ProductSerializer


urlpatterns: list[Any] = [
    path("names/", alike(ProductList.as_view())),
    path("full/", alike(FullList.as_view())),
    path("", include("oscarapi.urls")),
]
