"""This API and its peers in turns, compared with the targets."""

import json
import os
import statistics
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
GRAPHENES_QUERY = f"{{ products(limit: 20) {{ {FIELDS} }} }}"
LIST = "/api/v1/products/"
GRAPHQL = "/graphql/?query="

# Requests that are compared are neighbours, so that little time passes between them.
REQUESTS = (
    Request("a view that does nothing", "plain", "/nothing/"),
    Request("a view that does SELECT 1", "plain", "/select/"),
    Request("this API: list", "nexus", LIST),
    Request("DRF, eager", "drf", "/eager/"),
    Request("DRF, naive", "drf", "/naive/"),
    Request("django-ninja, eager", "ninja", "/products"),
    Request("django-oscar-api, names only", "oscar", "/names/"),
    Request("django-oscar-api, full products", "oscar", "/full/"),
    Request("Starlette and asyncpg", "ceiling", "/products"),
    Request("this API: list, filtered", "nexus", f"{LIST}?category=kitchen&min_price=50"),
    Request("this API: search", "nexus", f"{LIST}?q=folding+kettle"),
    Request("this API: detail", "nexus", f"{LIST}500/"),
    Request("graphene-django, optimizer", "graphene", GRAPHQL + quote(GRAPHENES_QUERY)),
    Request("strawberry-django, stock", "stock_strawberry", GRAPHQL + quote(STOCK_IN_GRAPHQL)),
    Request("this API: list in GraphQL", "nexus", GRAPHQL + quote(OURS_IN_GRAPHQL)),
    Request("this API: list, kept", "kept", LIST),
    Request("a view that does one GET of Valkey", "plain", "/valkey/"),
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
    # What is measured, what it is compared with, and the target for the ratio.
    ("this API: list", "a view that does SELECT 1", 0.9),
    ("this API: list", "DRF, eager", 5.0),
    ("this API: list, kept", "a view that does one GET of Valkey", 0.9),
    (UNCHANGED, "a view that does one GET of Valkey", 0.9),
)
# The first shows how much of a tail is due to the machine.
HALF_LOADED = (
    "a view that does nothing",
    "this API: list",
    "this API: list, kept",
    "this API: list in GraphQL",
)
TAIL = 3.0
MAX_MB = 150
MAX_QUERIES = 3


@dataclass
class Measured:
    """The results of all rounds for one request."""

    per_s: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)


Rounds = Mapping[str, Measured]


def main(*, quick: bool) -> int:
    """Print the tables. The quick form omits Oscar, whose migrations alone take a minute."""
    products = 10_000 if quick else 100_000
    rounds, seconds, tail_s = (2, 1, 3) if quick else (11, 1, 8)
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
            measured = _in_turns(requests, servers, rounds, seconds)
            _print_rates(measured)
            print("\n| target | value | |\n| --- | --- | --- |")
            _judge_ratios(measured)
            _judge_tails(servers, measured, tail_s)
            memory_mb = servers["nexus"].worker_mb
            met = memory_mb <= MAX_MB
            _judge("memory of a worker, MB", f"≤ {MAX_MB}", f"{memory_mb:.0f}", met=met)
        most, which = most_queries()
        shown = f"{most} ({which})"
        _judge("queries of any list", f"≤ {MAX_QUERIES}", shown, met=most <= MAX_QUERIES)
        print(f"\nLoad of the machine after: {os.getloadavg()[0]:.1f}")
    return 0


def _fill(products: int) -> None:
    from django.db import connection

    from nexus.apps.products.samples import Shop

    Shop(products=products).fill()
    with connection.cursor() as cursor:
        # Do not wait for autovacuum.
        cursor.execute("VACUUM ANALYZE")


def _get(request: Request, servers: Mapping[str, Server]) -> tuple[Any, Mapping[str, str]]:
    port = servers[request.server].port
    get = urllib.request.Request(f"http://127.0.0.1:{port}{request.path}")
    with urllib.request.urlopen(get, timeout=30) as response:
        return json.load(response), response.headers


def _unchanged(servers: Mapping[str, Server]) -> Request:
    cached = next(request for request in REQUESTS if request.name == "this API: list, kept")
    _, headers = _get(cached, servers)
    return Request(UNCHANGED, "kept", LIST, (("If-None-Match", headers["ETag"]),))


def _check_shapes(requests: Sequence[Request], servers: Mapping[str, Server]) -> None:
    """Compare the peers' responses with ours: the same products, with members of the same types."""
    responses = {request.name: _get(request, servers)[0] for request in requests}
    ours = responses["this API: list"]["results"]
    for name in SAME_LIST:
        theirs = responses[name]["results"]
        same_ids = [row["id"] for row in theirs] == [row["id"] for row in ours]
        if not same_ids or _shape(theirs) != _shape(ours):
            raise RuntimeError(f"{name} returns another list:\n{theirs[0]}\n{ours[0]}")
    edges = responses["this API: list in GraphQL"]["data"]["products"]["edges"]
    nodes = [edge["node"] | {"id": int(edge["node"]["id"])} for edge in edges]
    for name in ("strawberry-django, stock", "graphene-django, optimizer"):
        theirs = responses[name]["data"]["products"]
        if theirs != nodes:
            raise RuntimeError(f"{name} returns another list:\n{theirs[0]}\n{nodes[0]}")
    # Oscar's products differ; only their number can be the same.
    for name in responses:
        if name.startswith("django-oscar-api") and len(responses[name]["results"]) != len(ours):
            raise RuntimeError(f"{name} returns a list of another length.")


def _shape(value: Any) -> Any:
    """Return a value with the names of types instead of texts and numbers."""
    if isinstance(value, list):
        return [_shape(item) for item in value]
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    return type(value).__name__


def _in_turns(
    requests: Sequence[Request], servers: Mapping[str, Server], rounds: int, seconds: int
) -> Rounds:
    """Measure all requests in each round; the results of the first are discarded."""
    measured = {request.name: Measured() for request in requests}
    for number in range(rounds + 1):
        for request in requests:
            per_s, processor_ms = _in_one_turn(request, servers[request.server], seconds)
            if number:
                measured[request.name].per_s.append(per_s)
                measured[request.name].processor_ms.append(processor_ms)
    return measured


def _in_one_turn(request: Request, server: Server, seconds: int) -> tuple[float, float]:
    """Return the responses per second, and the processor time of one in milliseconds."""
    before_s = server.processor_s()
    load = rate(request, server.port, seconds)
    after_s = server.processor_s()
    if not load.answers:
        # On a busy machine one response may take longer than a turn.
        return _in_one_turn(request, server, 2 * seconds)
    used_s = sum(after_s[pid] - before_s[pid] for pid in before_s.keys() & after_s.keys())
    return load.per_s, used_s / load.answers * 1e3


def _print_rates(measured: Rounds) -> None:
    base = measured["a view that does SELECT 1"].per_s
    print("| response | per second | relative to the SELECT 1 view | processor time, ms |")
    print("| --- | --- | --- | --- |")
    for name, rounds in measured.items():
        per_s, cost = statistics.median(rounds.per_s), statistics.median(rounds.processor_ms)
        ratio = _format(_ratios(rounds.per_s, base))
        print(f"| {name} | {per_s:,.0f} | {ratio} | {cost:.2f} |")


def _ratios(values: Sequence[float], others: Sequence[float]) -> list[float]:
    return sorted(value / other for value, other in zip(values, others, strict=True))


def _format(ratios: Sequence[float]) -> str:
    """Return the median, the minimum and the maximum of the rounds' ratios."""
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _judge_ratios(measured: Rounds) -> None:
    """Judge by responses per second, and by processor time, which a busy machine affects less."""
    for request, other, target in RATIOS:
        ours, theirs = measured[request], measured[other]
        for by, ratios in (
            ("rate", _ratios(ours.per_s, theirs.per_s)),
            ("processor time", _ratios(theirs.processor_ms, ours.processor_ms)),
        ):
            met = statistics.median(ratios) >= target
            _judge(f"{request} / {other}, by {by}", f"≥ {target:g}", _format(ratios), met=met)


def _judge_tails(servers: Mapping[str, Server], measured: Rounds, seconds: float) -> None:
    for request in REQUESTS:
        if request.name not in HALF_LOADED:
            continue
        half = statistics.median(measured[request.name].per_s) / 2
        latency = at_rate(request, servers[request.server].port, half, seconds)
        p50, p99 = latency.p50_ms, latency.p99_ms
        shown = f"{p99 / p50:.1f} ({p99:.1f} / {p50:.1f} ms)"
        what = f"{request.name}: p99 / p50 at {half:.0f} per second"
        _judge(what, f"≤ {TAIL:g}", shown, met=p99 <= TAIL * p50)


def _judge(what: str, bar: str, value: str, *, met: bool) -> None:
    print(f"| {what} {bar} | {value} | {'met' if met else 'missed'} |", flush=True)
