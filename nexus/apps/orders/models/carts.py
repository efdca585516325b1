"""Carts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

__all__ = ["MAX_PIECES", "Cart", "CartLine"]

MAX_PIECES = 99
"""The maximum quantity of one product in a cart or an order."""


class Cart(models.Model):
    """A user's only cart. It reserves no stock, and its prices are always current."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart", primary_key=True
    )

    def __str__(self) -> str:
        return f"cart of {self.pk}"


class CartLine(models.Model):
    """A quantity of a product in a cart."""

    # The constraint's index begins with the cart.
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines", db_index=False)
    product = models.ForeignKey("products.Product", on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cart", "product"], name="orders_cartline_product_unique"
            ),
            models.CheckConstraint(
                condition=Q(quantity__range=(1, MAX_PIECES)),
                name="orders_cartline_quantity_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"
