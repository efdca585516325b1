"""Deterministic shops of any size, for labs, tests and demonstrations."""

from dataclasses import dataclass

from django.db import connection, transaction

__all__ = ["Shop"]

IMAGES_EACH = 3
CATEGORIES = 40

# The multiplier of a linear congruential generator (Knuth's MMIX takes one of this kind) spreads
# neighbouring numbers, so that prices and categories look unordered and are the same everywhere.
SPREAD = 2_654_435_761

ADJECTIVES = ("plain", "folding", "woollen", "steel", "oak", "small", "round", "blue", "light")
NOUNS = ("lamp", "chair", "kettle", "notebook", "scarf", "shelf", "bowl", "clock", "bag", "stool")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A shop with `products` products in 40 categories, three images each."""

    products: int = 0

    @property
    def key(self) -> str:
        """Names this data: two shops with one key hold the same rows."""
        return f"shop-{self.products}"

    @transaction.atomic
    def fill(self) -> None:
        """Write the rows into an empty database; PostgreSQL makes them itself, in one pass each."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO products_category (slug, name)
                SELECT 'category-' || n, 'Category ' || n FROM generate_series(1, %s) AS n
                """,
                [CATEGORIES],
            )
            cursor.execute(
                """
                INSERT INTO products_product
                    (sku, name, description, category_id, price, currency, stock, version)
                SELECT 'SKU-' || lpad(n::text, 8, '0'),
                       initcap((%(adjectives)s::text[])[1 + r %% %(n_adjectives)s] || ' '
                           || (%(nouns)s::text[])[1 + r / 16 %% %(n_nouns)s]) || ' ' || n,
                       repeat('A thing that people buy. ', (1 + r / 256 %% 8)::int),
                       (SELECT min(id) FROM products_category) + r / 2048 %% %(categories)s,
                       (100 + r / 64 %% 49900) / 100.0,
                       'EUR', (r / 128 %% 200)::int, 0
                FROM (
                    SELECT n, n * %(spread)s %% 4294967296 AS r
                    FROM generate_series(1::bigint, %(products)s) AS n
                ) AS numbered
                ORDER BY n
                """,
                {
                    "adjectives": list(ADJECTIVES),
                    "n_adjectives": len(ADJECTIVES),
                    "nouns": list(NOUNS),
                    "n_nouns": len(NOUNS),
                    "categories": CATEGORIES,
                    "spread": SPREAD,
                    "products": self.products,
                },
            )
            cursor.execute(
                """
                INSERT INTO products_image (product_id, url, position)
                SELECT product.id, '/media/' || product.sku || '-' || position || '.webp', position
                FROM products_product AS product, generate_series(0, %s) AS position
                ORDER BY product.id, position
                """,
                [IMAGES_EACH - 1],
            )
