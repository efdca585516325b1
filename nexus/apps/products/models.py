"""Categories, products, their images, and every change of their stock."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Concat, Lower, Now

__all__ = ["CURRENCY", "SKU", "Category", "Image", "Product", "StockChange"]

SKU = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
CURRENCY = r"^[A-Z]{3}$"
MAX_PATH_LENGTH = 400


class Category(models.Model):
    """A category of the shop, in a tree.

    A row refers to its parent by the parent's path, and its own path is generated from that and
    its slug. So no path is ever stale, a subtree is one range of paths, and a cycle cannot be
    stored, since a path is longer than its parent's. The migration adds by hand a foreign key that
    requires parents to exist: Django does not support one that refers to a generated column.
    """

    slug = models.SlugField(max_length=80, unique=True, db_collation="C")
    name = models.CharField(max_length=120)
    # An empty string would be a second way to store that there is no parent.
    parent_path = models.CharField(  # noqa: DJ001 -- null: a root has no parent
        max_length=MAX_PATH_LENGTH, null=True, blank=True, db_collation="C"
    )
    path = models.GeneratedField(
        expression=Case(
            When(parent_path__isnull=True, then=F("slug")),
            default=Concat(
                F("parent_path"), Value("/"), F("slug"), output_field=models.CharField()
            ),
            output_field=models.CharField(),
        ),
        output_field=models.CharField(max_length=MAX_PATH_LENGTH, db_collation="C"),
        db_persist=True,
        unique=True,
    )
    # The attributes that products here may have: names to kinds, which are those of
    # `attributes.KINDS`. The categories below inherit them.
    attribute_kinds = models.JSONField(default=dict, blank=True, db_default={})

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    @property
    def parent(self) -> str | None:
        """The slug of the parent category, or None at the root."""
        return self.parent_path.rpartition("/")[2] if self.parent_path else None


# anchor: product
class Product(models.Model):
    """Something that is sold by the piece."""

    sku = models.CharField(max_length=40, db_collation="C")
    name = models.CharField(max_length=200, db_collation="C")
    description = models.TextField(blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="products", db_index=False
    )
    price = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    stock = models.IntegerField(default=0)
    # end: product
    # The merchant, or null for a product of the shop itself.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="products",
        null=True,
        db_index=False,
    )
    attributes = models.JSONField(default=dict, blank=True, db_default={})
    is_published = models.BooleanField(default=False, db_default=False)
    # Counts the writes to this row: an optimistic update gives the version that it read.
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    # For readable URLs; a product is looked up by its id.
    slug = models.GeneratedField(
        expression=Func(
            Func(
                Lower("name"),
                Value("[^a-z0-9]+"),
                Value("-"),
                Value("g"),
                function="regexp_replace",
            ),
            Value("-"),
            function="btrim",
        ),
        output_field=models.CharField(max_length=200, db_collation="C"),
        db_persist=True,
    )
    vector = models.GeneratedField(
        expression=SearchVector("name", weight="A", config="english")
        + SearchVector("description", weight="B", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    MERCHANT_FIELDS = (
        "sku",
        "name",
        "category",
        "price",
        "currency",
        "description",
        "stock",
        "is_published",
        "attributes",
    )
    """The fields that a merchant sets: the columns of import, export and admin."""

    # anchor: stock_constraint
    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(stock__gte=0),
                name="products_product_stock_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0),
                name="products_product_price_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=CURRENCY),
                name="products_product_currency_iso_4217",
            ),
            models.UniqueConstraint(
                fields=["owner", "sku"],
                name="products_product_sku_unique",
            ),
        ]
        # end: stock_constraint
        # Each list is read in the order of one of these indexes, from the start of its page; the
        # last field makes the order total.
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="products_product_newest", condition=Q(is_published=True)
            ),
            models.Index(
                fields=["price", "id"],
                name="products_product_price",
                condition=Q(is_published=True),
            ),
            models.Index(
                fields=["name", "id"], name="products_product_name", condition=Q(is_published=True)
            ),
            models.Index(fields=["category", "id"], name="products_product_category"),
            models.Index(fields=["owner", "id"], name="products_product_owner"),
            GinIndex(fields=["vector"], name="products_product_vector"),
            GinIndex(
                fields=["attributes"],
                name="products_product_attributes",
                opclasses=["jsonb_path_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Image(models.Model):
    """An image of a product; `position` orders the images of one product."""

    # The constraint's index begins with the product.
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="images", db_index=False
    )
    url = models.CharField(max_length=300)
    alt = models.CharField(max_length=200, blank=True, db_default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "position"],
                name="products_image_position_unique",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class StockChange(models.Model):
    """One change of a product's stock: positive if pieces came in, negative if they were sold."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="stock_changes")
    quantity = models.IntegerField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True
    )
    changed_at = models.DateTimeField(db_default=Now())
    # What the change belongs to, such as a sale; empty for a manual adjustment.
    reference = models.CharField(max_length=60, blank=True, db_default="", db_collation="C")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(quantity=0),
                name="products_stockchange_quantity_not_zero",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["reference"],
                name="products_stockchange_reference",
                condition=~Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} of {self.product_id}"
