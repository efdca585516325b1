"""Starlette with asyncpg and SQL by hand: no ORM, no middleware, no limiter, no log-in.

The upper limit, reached by giving up everything else.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.api.contenders import PAGE

__all__ = ["application"]

LIST = """
SELECT json_build_object(
    'id', product.id, 'sku', sku, 'slug', product.slug, 'name', product.name,
    'category', json_build_object('slug', shelf.slug, 'name', shelf.name, 'path', shelf.path),
    'merchant', owner_id, 'price', price::text, 'currency', currency, 'stock', stock,
    'is_published', is_published, 'created_at', created_at,
    'images', (
        SELECT json_agg(
            json_build_object('id', image.id, 'url', url, 'alt', alt, 'position', position)
            ORDER BY position
        )
        FROM products_image AS image WHERE image.product_id = product.id
    )
)::text
FROM products_product AS product JOIN products_category AS shelf ON shelf.id = category_id
WHERE is_published ORDER BY product.id DESC LIMIT $1
"""


@asynccontextmanager
async def pool(_app: Starlette) -> AsyncIterator[dict[str, asyncpg.Pool]]:
    """Open the connection pool."""
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=8) as held:
        yield {"pool": held}


async def products(request: Request) -> Response:
    """Return the published products, the newest first."""
    rows = await request.state.pool.fetch(LIST, PAGE)
    text = ",".join(row[0] for row in rows)
    return Response(f'{{"results":[{text}],"next":null}}', media_type="application/json")


application = Starlette(routes=[Route("/products", products)], lifespan=pool)
