"""A small shop with people around it, for the tests of products."""

from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

from nexus.apps.products.models import Category, Image, Product

JSON = "application/json"


def person(name: str, role: str = "") -> Any:
    user = get_user_model().objects.create_user(f"{name}@example.org")
    if role:
        user.roles.add(user.roles.model.objects.get(slug=role))
    return user


def signed_in(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def shelves() -> None:
    kinds = {"colour": "text", "litres": "number", "steel": "flag"}
    Category.objects.create(slug="home", name="Home", attribute_kinds=kinds)
    Category.objects.create(slug="kettles", name="Kettles", parent_path="home")
    Category.objects.create(slug="garden", name="Garden")


def offer(number: int = 1, **fields: Any) -> Product:
    """One published product with two images, a draft if told so."""
    values: dict[str, Any] = {
        "sku": f"K-{number}",
        "name": f"Kettle {number}",
        "description": "Boils water.",
        "category": Category.objects.get(slug="kettles"),
        "price": Decimal("19.90"),
        "stock": 3,
        "is_published": True,
        **fields,
    }
    made = Product.objects.create(**values)
    for position in (1, 0):
        Image.objects.create(product=made, url=f"https://a.test/{number}", position=position)
    return made
