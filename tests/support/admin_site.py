"""A shop and a travel site for the admin's tests: a number of rows in every table."""

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from nexus.apps.labs.models import Run
from nexus.apps.library.models import Search
from nexus.apps.orders import services as orders
from nexus.apps.products.models import Category
from nexus.apps.stays.models import Review
from nexus.apps.users.models import Role, User
from nexus.core.outbox.models import Message
from tests.support.factories import offer, paid, person, place, season, shelves, stay

__all__ = ["ALL", "address", "fill"]

ALL = list(admin.site._registry)


def address(model: type[models.Model], page: str = "changelist", *known: object) -> str:
    """Return the URL of an admin page of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=known)


@transaction.atomic
def fill(numbers: range) -> None:
    """Create a row in every table for each number, with its own users and objects."""
    if not Category.objects.exists():
        shelves()
    for number in numbers:
        Category.objects.create(slug=f"shelf-{number}", name=f"Shelf {number}")
        Role.objects.create(slug=f"role-{number}")
        Message.objects.create(topic="t", handler="h", payload={}, failed_at=timezone.now())
        Search.objects.create(text=f"locks {number}", found=number)
        merchant, buyer = person(f"merchant-{number}", "merchant"), person(f"buyer-{number}")
        sold = offer(number, owner=merchant)
        order = paid(buyer, sold)
        orders.refund_order(order_id=order.pk, by=support(), amount=order.shipping)
        orders.set_quantity(product_id=sold.pk, quantity=1, by=buyer)
        listing = place(merchant, title=f"Two beds {number}")
        season(listing, first=90, nights=2)
        Review.objects.create(booking=stay(listing, buyer, first=-9, nights=2), rating=4)
        Run.objects.create(lab="n-plus-one", form="quick", seed=number, requested_by=buyer)


def support() -> Any:
    """Return a user with the role support, the same each time."""
    found = User.objects.with_email("support@example.org").first()
    return found or person("support", "support")
