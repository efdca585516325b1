"""The shop of a demonstration: a tree of categories, and realistic products in it."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from django.conf import settings

from nexus.apps.products import services

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["add_categories", "add_products"]

# Departments, their categories, and in each category nouns with the lowest price in whole euros.
TREE: Mapping[str, Mapping[str, Mapping[str, int]]] = {
    "Homeware": {
        "Lighting": {"Table lamp": 35, "Floor lamp": 79, "Lantern": 24, "Wall light": 42},
        "Seating": {"Armchair": 240, "Stool": 48, "Bench": 130, "Rocking chair": 210},
        "Storage": {"Bookshelf": 120, "Basket": 18, "Coat rack": 55, "Chest": 160},
    },
    "Kitchenware": {
        "Tea and coffee": {"Kettle": 39, "Teapot": 32, "Coffee mill": 54, "Mug": 9},
        "Cooking": {"Frying pan": 45, "Stock pot": 62, "Chopping board": 22, "Chef's knife": 68},
        "Tableware": {"Bowl": 12, "Dinner plate": 14, "Carafe": 26, "Salad servers": 19},
    },
    "Clothing": {
        "Knitwear": {"Scarf": 34, "Cardigan": 89, "Beanie": 22, "Jumper": 95},
        "Outerwear": {"Raincoat": 129, "Work jacket": 110, "Gilet": 75, "Overcoat": 260},
    },
    "Stationery": {
        "Paper": {"Notebook": 11, "Sketchbook": 17, "Planner": 24, "Letter set": 15},
        "Writing": {"Fountain pen": 48, "Pencil set": 13, "Ink": 12, "Pen case": 21},
    },
}
MAKES: Mapping[str, Sequence[str]] = {
    "Homeware": ("oak", "ash", "brass", "rattan", "linen", "walnut"),
    "Kitchenware": ("enamel", "stoneware", "steel", "beech", "copper", "glass"),
    "Clothing": ("merino", "cotton", "waxed", "alpaca", "hemp"),
    "Stationery": ("recycled", "leather", "cedar", "clothbound", "brass"),
}
STYLES = ("Harbour", "Market", "Orchard", "Station", "Meadow", "Quarry", "Atlas", "Delta", "Birch")
COLOURS = ("black", "white", "sand", "moss", "navy", "rust", "grey")
SENTENCES = (
    "Made in small numbers, and meant to be repaired.",
    "Feels better with every year of use.",
    "Packed without plastic.",
    "The favourite of our own workshop.",
    "A gift that is used every day.",
)
# The views of a category's drawing: all of it, closer, and a detail.
VIEWS = ("", "#near", "#detail")
ATTRIBUTES = {"colour": "text", "weight_g": "integer", "fair_trade": "flag"}


def add_categories(*, by: "User") -> None:
    """Add departments and their categories, as an administrator. Raises `CategoryTakenError`."""
    for department, shelves in TREE.items():
        top = _slug(department)
        services.create_category(slug=top, name=department, by=by, attribute_kinds=ATTRIBUTES)
        for shelf in shelves:
            services.create_category(slug=_slug(shelf), name=shelf, by=by, parent=top)


def add_products(
    random: Random, *, count: int, merchants: Sequence["User"], tick: Callable[[], None]
) -> list[int]:
    """Add products with images, one in twenty a draft. Returns the ids of the published ones."""
    kinds = [
        (department, shelf, noun, price)
        for department, shelves in TREE.items()
        for shelf, nouns in shelves.items()
        for noun, price in nouns.items()
    ]
    published = []
    for number in range(count):
        by, kind = merchants[number % len(merchants)], kinds[number * 7 % len(kinds)]
        is_published = number % 20 != 19  # noqa: PLR2004 -- the last of twenty
        fields = _offer(random, kind, number)
        product = services.create_product(by=by, is_published=is_published, **fields)
        drawing = f"{settings.STATIC_URL}products/{fields['category']}.svg"
        for view in VIEWS[: random.randint(1, 3)]:
            url, alt = f"{drawing}{view}", f"{kind[2]}, drawn"
            services.add_image(product_id=product.pk, url=url, alt=alt, by=by)
        if is_published:
            published.append(product.pk)
        tick()
    return published


def _offer(random: Random, kind: tuple[str, str, str, int], number: int) -> dict[str, Any]:
    department, shelf, noun, price = kind
    make, style, colour = (
        random.choice(MAKES[department]),
        random.choice(STYLES),
        random.choice(COLOURS),
    )
    return {
        "sku": f"{department[:2].upper()}-{number + 1:05}",
        "name": f"{style} {make} {noun.lower()}",
        "description": f"{noun} in {make}, {colour}. {random.choice(SENTENCES)}",
        "category": _slug(shelf),
        "price": Decimal(price) + random.randint(0, price) + Decimal("0.90"),
        "stock": random.randint(80, 400),
        "attributes": {
            "colour": colour,
            "weight_g": random.randint(20, 900) * 5,
            "fair_trade": random.random() < 0.4,  # noqa: PLR2004 -- two of five
        },
    }


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
