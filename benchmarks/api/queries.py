"""How many queries the lists need, at every page size."""

from collections.abc import Iterator
from urllib.parse import quote

__all__ = ["most_queries"]

# The public lists; the tests check the budgets of the others.
LISTS = ("products", "categories", "stays", "pages", "claims", "labs", "runs")
FILTERED = (
    "products/?category=kitchen",
    "products/?q=kettle",
    "products/?order=price&min_price=5",
    "products/?attributes=%7B%22colour%22%3A%22red%22%7D",
)
SIZES = (1, 20, 100)
OF_GRAPHQL = "{ products(first: %d) { edges { node { id category { path } images { url } } } } }"


def most_queries() -> tuple[int, str]:
    """Return the largest number of queries of a list, and the list's URL."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    client = Client()
    counts: dict[str, int] = {}
    with override_settings(KEPT_S=0, ALLOWED_HOSTS=[*settings.ALLOWED_HOSTS, "testserver"]):
        for address in _addresses():
            with CaptureQueriesContext(connection) as captured:
                response = client.get(address)
            if response.status_code != 200:  # noqa: PLR2004 -- OK
                raise RuntimeError(f"{address} returned {response.status_code}.")
            counts[address] = len(captured)
    which = max(counts, key=lambda address: counts[address])
    return counts[which], which


def _addresses() -> Iterator[str]:
    for size in SIZES:
        for address in (*(f"{name}/" for name in LISTS), *FILTERED):
            yield f"/api/v1/{address}{'&' if '?' in address else '?'}limit={size}"
        yield f"/graphql/?query={quote(OF_GRAPHQL % size)}"
