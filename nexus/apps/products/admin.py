"""The shop in the admin."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django.http import HttpRequest

from nexus.apps.products import services
from nexus.apps.products.models import Category, Image, Product, StockChange
from nexus.core.admin.tables import History, Rows, Table

__all__ = ["CategoryAdmin", "ProductAdmin", "StockChangeAdmin"]


@admin.register(Category)
class CategoryAdmin(History):
    """Categories in tree order; moving one rewrites all below it, so only the API can."""

    list_display = ("path", "name", "attribute_kinds")
    ordering = ("path",)
    search_fields = ("name", "slug")
    fields = ("slug", "name", "path", "attribute_kinds")


SHOWN_ONLY = {"stock", "category", "attributes"}
"""Stock has a history, and attributes must match the category: only the API changes them."""


class ImageRows(Rows):
    """The images of a product."""

    model = Image
    fields = ("position", "url", "alt")


@admin.register(Product)
class ProductAdmin(Table):
    """Products. Stock is changed by sales and deliveries, so it is read-only here."""

    list_display = ("name", "sku", "owner", "category", "price", "currency", "stock",
                    "is_published")  # fmt: skip
    list_select_related: ClassVar = ["owner", "category"]
    list_filter = ("is_published", "currency")
    search_fields = ("sku__exact",)
    search_help_text = "A complete SKU, or words of the name and the description."
    fields = (*Product.MERCHANT_FIELDS, "owner", "version", "created_at")
    changeable = tuple(name for name in Product.MERCHANT_FIELDS if name not in SHOWN_ONLY)
    inlines: ClassVar = [ImageRows]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Leave the search vector in the database, as the admin does not show it."""
        return cast("QuerySet[Product]", super().get_queryset(request).defer("vector"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by SKU or else by words, as the shop's own search does."""
        products, may_double = super().get_search_results(request, queryset, search_term)
        if not search_term or products.exists():
            return products, may_double
        words = SearchQuery(search_term, config="english", search_type="websearch")
        return queryset.filter(vector=words), False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Save through the services, which update versions, the price history and the cache."""
        del change
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if {"price", "currency"} & set(changed):
            changed.pop("price", None)
            changed.pop("currency", None)
            services.set_price(
                product_id=obj.pk, price=obj.price, currency=obj.currency, by=request.user
            )
        if changed:
            services.update_product(product_id=obj.pk, by=request.user, **changed)


@admin.register(StockChange)
class StockChangeAdmin(History):
    """Every change of stock."""

    list_display = ("changed_at", "product", "quantity", "reference", "changed_by")
    list_select_related: ClassVar = ["product", "changed_by"]
    search_fields = ("reference__exact", "product__sku__exact")
    search_help_text = "A complete reference, such as that of an order, or a complete SKU."
    fields = ("product", "quantity", "reference", "changed_by", "changed_at")
