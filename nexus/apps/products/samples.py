"""Deterministic shops of any size, for labs, tests and demonstrations."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from nexus.core.database.bulk_load import deferred_constraints

__all__ = ["Shop"]

TREE = {
    "Home": ("Lamps", "Chairs", "Shelves", "Clocks"),
    "Kitchen": ("Kettles", "Bowls", "Knives", "Pans"),
    "Clothes": ("Scarves", "Coats", "Hats", "Gloves"),
    "Office": ("Notebooks", "Pens", "Desks", "Bags"),
    "Garden": ("Seeds", "Pots", "Hoses", "Benches"),
    "Sport": ("Balls", "Mats", "Bottles", "Bicycles"),
    "Toys": ("Blocks", "Puzzles", "Dolls", "Kites"),
    "Music": ("Guitars", "Drums", "Flutes", "Strings"),
}
ATTRIBUTE_KINDS = {"colour": "text", "weight_g": "integer", "fair_trade": "flag"}
CATEGORIES = sum(1 + len(below) for below in TREE.values())

# The multiplier of a linear congruential generator (as in Knuth's MMIX) spreads neighbouring
# numbers, so that prices and categories look random and are the same everywhere.
SPREAD = 2_654_435_761

ADJECTIVES = ("plain", "folding", "woollen", "steel", "oak", "small", "round", "blue", "light")
NOUNS = ("lamp", "chair", "kettle", "notebook", "scarf", "shelf", "bowl", "clock", "bag", "stool")
COLOURS = ("red", "blue", "green", "black", "white", "grey", "yellow")
USES = ("for every day", "for a gift", "for a small room", "for a long journey", "made to last")

ADD_CATEGORIES = """
INSERT INTO products_category (slug, name, parent_path, attribute_kinds)
SELECT lower(name), name, parent, kinds::jsonb
FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS row (name, parent, kinds, n)
ORDER BY n
"""
ADD_PRODUCTS = """
INSERT INTO products_product
    (sku, name, description, category_id, price, currency, stock, version, owner_id, attributes,
     is_published)
SELECT 'SKU-' || lpad(n::text, 8, '0'),
       initcap(adjective || ' ' || noun) || ' ' || n,
       'A ' || adjective || ' ' || noun || ' in ' || colour || ', '
           || (%(uses)s::text[])[1 + r / 256 %% %(n_uses)s] || '.',
       (SELECT min(id) FROM products_category) + r / 2048 %% %(categories)s,
       (100 + r / 64 %% 49900) / 100.0,
       'EUR', (r / 128 %% 200)::int, 0,
       (%(owners)s::bigint[])[1 + r / 512 %% %(n_owners)s],
       jsonb_build_object(
           'colour', colour, 'weight_g', 5 * (1 + r / 32 %% 800), 'fair_trade', r / 16 %% 2 = 0
       ),
       true
FROM (
    SELECT n, r,
           (%(adjectives)s::text[])[1 + r %% %(n_adjectives)s] AS adjective,
           (%(nouns)s::text[])[1 + r / 16 %% %(n_nouns)s] AS noun,
           (%(colours)s::text[])[1 + r / 8 %% %(n_colours)s] AS colour
    FROM (
        SELECT n, n * %(spread)s %% 4294967296 AS r
        FROM generate_series(1::bigint, %(products)s) AS n
    ) AS numbered
) AS worded
ORDER BY n
"""
ADD_IMAGES = """
INSERT INTO products_image (product_id, url, position)
SELECT product.id, '/media/' || product.sku || '-' || position || '.webp', position
FROM products_product AS product, generate_series(0, %s) AS position
ORDER BY product.id, position
"""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A shop with `products` products in 40 categories, with `images` images each.

    They belong to `merchants` merchants, whose accounts are created too; if 0, to the shop itself.
    """

    products: int = 0
    images: int = 3
    merchants: int = 0

    @property
    def key(self) -> str:
        """The name of this data: two shops with the same key hold the same rows."""
        owned = f"-merchants-{self.merchants}" if self.merchants else ""
        return f"shop-{self.products}-images-{self.images}{owned}"

    @transaction.atomic
    def fill(self) -> None:
        """Write the rows into an empty database; PostgreSQL generates them, one pass per table."""
        with connection.cursor() as cursor:
            cursor.execute(ADD_CATEGORIES, _categories())
            owners = self._add_merchants()
            words = {"adjectives": ADJECTIVES, "nouns": NOUNS, "colours": COLOURS, "uses": USES}
            nobody: list[int | None] = [None]
            lists: dict[str, Any] = {**words, "owners": owners or nobody}
            with deferred_constraints(cursor, "products_product"):
                cursor.execute(
                    ADD_PRODUCTS,
                    {
                        **{name: list(values) for name, values in lists.items()},
                        **{f"n_{name}": len(values) for name, values in lists.items()},
                        "categories": CATEGORIES,
                        "spread": SPREAD,
                        "products": self.products,
                    },
                )
            with deferred_constraints(cursor, "products_image"):
                cursor.execute(ADD_IMAGES, [self.images - 1])

    def _add_merchants(self) -> list[int]:
        users = get_user_model()
        merchants = users.objects.bulk_create(
            users(
                email=f"merchant-{number}@shop.example",
                name=f"Merchant {number}",
                password=make_password(None),
            )
            for number in range(1, self.merchants + 1)
        )
        if merchants:
            merchants[0].roles.model.objects.get(slug="merchant").users.add(*merchants)
        return [user.pk for user in merchants]


def _categories() -> list[list[str | None]]:
    """Return the columns of the tree: names, paths of parents, kinds of attributes."""
    rows: list[tuple[str, str | None, str]] = []
    for name, below in TREE.items():
        rows.append((name, None, json.dumps(ATTRIBUTE_KINDS)))
        rows.extend((leaf, name.lower(), "{}") for leaf in below)
    return [list(column) for column in zip(*rows, strict=True)]
