"""This API and its peers in turns, and what comes of it beside the targets."""

import json
import os
import statistics
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from benchmarks.api.databases import new_database
from benchmarks.api.load import Request, at_rate, rate
from benchmarks.api.queries import most_queries
from benchmarks.api.servers import SERVERS, Server, serve_all
from benchmarks.installation import installation

__all__ = ["main"]

FILL_OSCAR = "from benchmarks.api.contenders import oscar; oscar.fill({})"
FIELDS = (
    "id sku slug name price currency stock isPublished createdAt "
    "category { slug name path } images { id url alt position }"
)
OURS_IN_GRAPHQL = (
    f"{{ products(first: 20) {{ edges {{ node {{ {FIELDS} }} }} "
    "pageInfo { hasNextPage endCursor } } }"
)
STOCK_IN_GRAPHQL = f"{{ products(pagination: {{limit: 20}}) {{ {FIELDS} }} }}"
LIST = "/api/v1/products/"
GRAPHQL = "/graphql/?query="

REQUESTS = (
    Request("this API: list", "nexus", LIST),
    Request("this API: list, filtered", "nexus", f"{LIST}?category=kitchen&min_price=50"),
    Request("this API: search", "nexus", f"{LIST}?q=folding+kettle"),
    Request("this API: detail", "nexus", f"{LIST}500/"),
    Request("this API: list in GraphQL", "nexus", GRAPHQL + quote(OURS_IN_GRAPHQL)),
    Request("this API: list, kept", "kept", LIST),
    Request("a view that does nothing", "plain", "/nothing/"),
    Request("a view that does SELECT 1", "plain", "/select/"),
    Request("a view that does one GET of Valkey", "plain", "/valkey/"),
    Request("DRF, naive", "drf", "/naive/"),
    Request("DRF, eager", "drf", "/eager/"),
    Request("django-ninja, eager", "ninja", "/products"),
    Request("django-oscar-api, names only", "oscar", "/names/"),
    Request("django-oscar-api, full products", "oscar", "/full/"),
    Request("strawberry-django, stock", "stock_strawberry", GRAPHQL + quote(STOCK_IN_GRAPHQL)),
    Request("Starlette and asyncpg", "ceiling", "/products"),
)
SAME_LIST = (
    "this API: list, kept",
    "DRF, naive",
    "DRF, eager",
    "django-ninja, eager",
    "Starlette and asyncpg",
)
UNCHANGED = "this API: list, 304"
RATIOS = (
    # What is measured, against what, and the least that it should be.
    ("this API: list", "a view that does SELECT 1", 0.9),
    ("this API: list", "DRF, eager", 5.0),
    ("this API: list, kept", "a view that does one GET of Valkey", 0.9),
    (UNCHANGED, "a view that does one GET of Valkey", 0.9),
    ("this API: list in GraphQL", "strawberry-django, stock", 2.0),
)
HALF_LOADED = ("this API: list", "this API: list, kept", "this API: list in GraphQL")
TAIL = 3.0
MOST_MB = 150
MOST_QUERIES = 3

Rates = Mapping[str, Sequence[float]]


def main(*, quick: bool) -> int:
    """Print the tables. The quick form is without Oscar, whose migrations alone take a minute."""
    products = 10_000 if quick else 100_000
    rounds, seconds, tail_s = (2, 1, 3) if quick else (7, 2, 8)
    names = [name for name in SERVERS if not (quick and name == "oscar")]
    with installation():
        others = {}
        if "oscar" in names:
            others["oscar"] = new_database("oscars", FILL_OSCAR.format(products), "oscar")
        _fill(products)
        print(f"{products:,} products, load of the machine before: {os.getloadavg()[0]:.1f}\n")
        with serve_all(names, os.environ["DATABASE_URL"], **others) as servers:
            requests = [request for request in REQUESTS if request.server in servers]
            _check_shapes(requests, servers)
            requests.append(_unchanged(servers))
            rates = _in_turns(requests, servers, rounds, seconds)
            _print_rates(rates)
            print("\n| target | value | |\n| --- | --- | --- |")
            _judge_ratios(rates)
            _judge_tails(servers, rates, tail_s)
            told = servers["nexus"].worker_mb
            _judge("memory of a worker, MB", f"≤ {MOST_MB}", f"{told:.0f}", met=told <= MOST_MB)
        most, which = most_queries()
        shown = f"{most} ({which})"
        _judge("queries of any list", f"≤ {MOST_QUERIES}", shown, met=most <= MOST_QUERIES)
        print(f"\nLoad of the machine after: {os.getloadavg()[0]:.1f}")
    return 0


def _fill(products: int) -> None:
    from django.db import connection

    from nexus.apps.products.samples import Shop

    Shop(products=products).fill()
    with connection.cursor() as cursor:
        # Nobody waits for autovacuum here.
        cursor.execute("VACUUM ANALYZE")


def _get(request: Request, servers: Mapping[str, Server]) -> tuple[Any, Mapping[str, str]]:
    port = servers[request.server].port
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{request.path}")
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer), answer.headers


def _unchanged(servers: Mapping[str, Server]) -> Request:
    kept = next(request for request in REQUESTS if request.name == "this API: list, kept")
    _, headers = _get(kept, servers)
    return Request(UNCHANGED, "kept", LIST, (("If-None-Match", headers["ETag"]),))


def _check_shapes(requests: Sequence[Request], servers: Mapping[str, Server]) -> None:
    """Hold the peers' answers against ours: the same products, with members of the same kinds."""
    answers = {request.name: _get(request, servers)[0] for request in requests}
    wanted = answers["this API: list"]["results"]
    for name in SAME_LIST:
        found = answers[name]["results"]
        if [row["id"] for row in found] != [row["id"] for row in wanted] or _shape(found) != _shape(
            wanted
        ):
            raise RuntimeError(f"{name} gives another list:\n{found[0]}\n{wanted[0]}")
    ours = answers["this API: list in GraphQL"]["data"]["products"]["edges"]
    stock = answers["strawberry-django, stock"]["data"]["products"]
    if [edge["node"] | {"id": int(edge["node"]["id"])} for edge in ours] != stock:
        raise RuntimeError(f"The GraphQL lists differ:\n{ours[0]}\n{stock[0]}")
    # Oscar's products are others; only how many there are can be the same.
    for name in answers:
        if name.startswith("django-oscar-api") and len(answers[name]["results"]) != len(wanted):
            raise RuntimeError(f"{name} gives a list of another length.")


def _shape(value: Any) -> Any:
    """Give a value with its kinds in place of texts and numbers."""
    if isinstance(value, list):
        return [_shape(item) for item in value]
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    return type(value).__name__


def _in_turns(
    requests: Sequence[Request], servers: Mapping[str, Server], rounds: int, seconds: int
) -> Rates:
    """Measure all requests in each round; what the first round gives is thrown away."""
    rates: dict[str, list[float]] = {request.name: [] for request in requests}
    for number in range(rounds + 1):
        for request in requests:
            found = rate(request, servers[request.server].port, seconds if number else 1)
            if number:
                rates[request.name].append(found)
    return rates


def _print_rates(rates: Rates) -> None:
    base = rates["a view that does SELECT 1"]
    print("| answer | a second | of the SELECT 1 view |\n| --- | --- | --- |")
    for name, found in rates.items():
        print(f"| {name} | {statistics.median(found):,.0f} | {_ratio(found, base)} |")


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Give the median of the rounds' ratios, and the least and the greatest of them."""
    ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _judge_ratios(rates: Rates) -> None:
    for ours, theirs, least in RATIOS:
        pairs = zip(rates[ours], rates[theirs], strict=True)
        met = statistics.median(one / other for one, other in pairs) >= least
        _judge(f"{ours} / {theirs}", f"≥ {least:g}", _ratio(rates[ours], rates[theirs]), met=met)


def _judge_tails(servers: Mapping[str, Server], rates: Rates, seconds: float) -> None:
    for request in REQUESTS:
        if request.name not in HALF_LOADED:
            continue
        half = statistics.median(rates[request.name]) / 2
        took = at_rate(request, servers[request.server].port, half, seconds)
        shown = f"{took.p99_ms / took.p50_ms:.1f} ({took.p99_ms:.1f} / {took.p50_ms:.1f} ms)"
        what = f"{request.name}: p99 / p50 at {half:.0f} a second"
        _judge(what, f"≤ {TAIL:g}", shown, met=took.p99_ms <= TAIL * took.p50_ms)


def _judge(what: str, bar: str, value: str, *, met: bool) -> None:
    print(f"| {what} {bar} | {value} | {'met' if met else 'missed'} |", flush=True)
