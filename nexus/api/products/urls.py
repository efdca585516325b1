"""The addresses of the catalogue."""

from django.urls import path

from nexus.api.products.rest import categories, products

__all__ = ["version_1"]

version_1 = [
    path("categories/", categories.CategoryList.as_view(), name="categories"),
    path("categories/<slug:category>/", categories.CategoryDetail.as_view(), name="category"),
    path("products/", products.ProductList.as_view(), name="products"),
    path("products/import/", products.ProductImport.as_view(), name="import"),
    path("products/own/", products.OwnProductList.as_view(), name="own-products"),
    path("products/<int:product_id>/", products.ProductDetail.as_view(), name="product"),
    path("products/<int:product_id>/price/", products.ProductPrice.as_view(), name="price"),
    path("products/<int:product_id>/stock/", products.ProductStock.as_view(), name="stock"),
    path("products/<int:product_id>/images/", products.ImageList.as_view(), name="images"),
    path(
        "products/<int:product_id>/images/<int:image_id>/",
        products.ImageDetail.as_view(),
        name="image",
    ),
]
