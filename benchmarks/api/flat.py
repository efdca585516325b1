"""How long a page takes with ten thousand products, and with a million."""

import http.client
import json
import os
import statistics
import time
from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import quote

from benchmarks.api.databases import new_database
from benchmarks.api.servers import SERVERS, Server, serve
from benchmarks.installation import installation

__all__ = ["main"]

FILL = (
    "from nexus.apps.products.samples import Shop; Shop(products={0}).fill(); "
    "from nexus.apps.stays.samples import TravelSite; TravelSite(bookings={0}, each=1).fill()"
)
RED, RED_AND_FAIR = (
    quote(json.dumps(attributes))
    for attributes in ({"colour": "red"}, {"colour": "red", "fair_trade": True})
)
NEXT_MONTH = date.today() + timedelta(days=30)  # noqa: DTZ011 -- nights have no time zone
PRODUCTS, STAYS = "/api/v1/products/", "/api/v1/stays/"
QUERIES: Mapping[str, str] = {
    "products": PRODUCTS,
    "products, page of 100": f"{PRODUCTS}?limit=100",
    "products by price": f"{PRODUCTS}?order=price",
    "products by price, descending": f"{PRODUCTS}?order=-price",
    "products by name": f"{PRODUCTS}?order=name",
    "category, a whole branch": f"{PRODUCTS}?category=kitchen",
    "category, a leaf": f"{PRODUCTS}?category=kettles",
    "min_price": f"{PRODUCTS}?min_price=250",
    "max_price": f"{PRODUCTS}?max_price=250",
    "in_stock, yes": f"{PRODUCTS}?in_stock=true",
    "in_stock, no": f"{PRODUCTS}?in_stock=false",
    "attributes": f"{PRODUCTS}?attributes={RED}",
    "attributes, two of them": f"{PRODUCTS}?attributes={RED_AND_FAIR}",
    "q, a word of every tenth product": f"{PRODUCTS}?q=kettle",
    "q, words of one product": f"{PRODUCTS}?q={quote('kettle 5000')}",
    "category, min_price and in_stock, by price": (
        f"{PRODUCTS}?category=kitchen&min_price=250&in_stock=true&order=price"
    ),
    "one product": f"{PRODUCTS}5000/",
    "categories": "/api/v1/categories/",
    "products in GraphQL": "/graphql/?query="
    + quote("{ products { edges { node { id name category { path } images { url } } } } }"),
    "stays": STAYS,
    "stays by price": f"{STAYS}?order=price",
    "stays by price, descending": f"{STAYS}?order=-price",
    "stays, city": f"{STAYS}?city=Porto",
    "stays, country": f"{STAYS}?country=PT",
    "stays, guests": f"{STAYS}?guests=4",
    "stays, min_price": f"{STAYS}?min_price=100",
    "stays, max_price": f"{STAYS}?max_price=100",
    "stays, free nights": f"{STAYS}?arrival={NEXT_MONTH}&nights=4",
}
SMALL, LARGE = 10_000, 1_000_000
FLAT = 1.5
"""A flat query takes at most this many times as long with 100 times the rows."""


def main(*, quick: bool) -> int:
    """Print the table. The quick form stops at a hundred thousand rows."""
    large, times = (LARGE // 10, 15) if quick else (LARGE, 60)
    with installation():
        urls = [new_database(f"products_{size}", FILL.format(size)) for size in (SMALL, large)]
        print(f"Load of the machine before: {os.getloadavg()[0]:.1f}\n")
        print(f"| query | {SMALL:,}, ms | {large:,}, ms | ratio | ≤ {FLAT:g} |")
        print("| --- | --- | --- | --- | --- |")
        with serve(SERVERS["nexus"], urls[0]) as few, serve(SERVERS["nexus"], urls[1]) as many:
            for what, path in QUERIES.items():
                _compare(what, path, few, many, times)
        print(f"\nLoad of the machine after: {os.getloadavg()[0]:.1f}")
    return 0


def _compare(what: str, path: str, few: Server, many: Server, times: int) -> None:
    connections = [http.client.HTTPConnection("127.0.0.1", server.port) for server in (few, many)]
    took: list[list[float]] = [[], []]
    # The first requests prepare statements, and read from disk.
    for number in range(times + 10):
        for connection, seconds in zip(connections, took, strict=True):
            began = time.perf_counter()
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            if number >= 10:  # noqa: PLR2004 -- the warm-up of the line above
                seconds.append(time.perf_counter() - began)
            if response.status != http.HTTPStatus.OK:
                raise RuntimeError(f"{path} returned {response.status}.")
    low, high = (statistics.median(seconds) * 1e3 for seconds in took)
    verdict = "met" if high <= FLAT * low else "missed"
    print(f"| {what} | {low:.2f} | {high:.2f} | {high / low:.2f} | {verdict} |", flush=True)
    for connection in connections:
        connection.close()
