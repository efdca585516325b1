"""Categories, products, their images, and every change of their stock."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

__all__ = ["Category", "Image", "Product", "StockChange"]


class Category(models.Model):
    """A shelf of the shop."""

    slug = models.SlugField(max_length=80, unique=True, db_collation="C")
    name = models.CharField(max_length=120)

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


# anchor: product
class Product(models.Model):
    """Something that is sold by the piece."""

    sku = models.CharField(max_length=40, unique=True, db_collation="C")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    stock = models.IntegerField(default=0)
    # Counts the writes to this row: an optimistic update names the version that it read.
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

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
        ]

    # end: stock_constraint

    def __str__(self) -> str:
        return self.name


# end: product


class Image(models.Model):
    """A picture of a product; `position` orders the pictures of one product."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images")
    url = models.CharField(max_length=300)
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
    """One change of a product's stock: what came in is positive, what was sold is negative."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="stock_changes")
    quantity = models.IntegerField()
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(quantity=0),
                name="products_stockchange_quantity_not_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} of {self.product_id}"
