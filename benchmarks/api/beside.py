"""This API and its peers in turns, and what comes of it beside the targets."""

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

# What is compared stands side by side, so that little time passes between the two.
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
    # What is measured, against what, and the least that it should be.
    ("this API: list", "a view that does SELECT 1", 0.9),
    ("this API: list", "DRF, eager", 5.0),
    ("this API: list, kept", "a view that does one GET of Valkey", 0.9),
    (UNCHANGED, "a view that does one GET of Valkey", 0.9),
)
# The first shows what of a tail is the machine's.
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
    """What each round gave for one request."""

    per_s: list[float] = field(default_factory=list)
    processor_ms: list[float] = field(default_factory=list)


Rounds = Mapping[str, Measured]


def main(*, quick: bool) -> int:
    """Print the tables. The quick form is without Oscar, whose migrations alone take a minute."""
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
            told = servers["nexus"].worker_mb
            _judge("memory of a worker, MB", f"≤ {MAX_MB}", f"{told:.0f}", met=told <= MAX_MB)
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
    nodes = [edge["node"] | {"id": int(edge["node"]["id"])} for edge in ours]
    for name in ("strawberry-django, stock", "graphene-django, optimizer"):
        found = answers[name]["data"]["products"]
        if found != nodes:
            raise RuntimeError(f"{name} gives another list:\n{found[0]}\n{nodes[0]}")
    # Oscar's products are others; only how many there are can be the same.
    for name in answers:
        if name.startswith("django-oscar-api") and len(answers[name]["results"]) != len(wanted):
            raise RuntimeError(f"{name} gives a list of another length.")


def _shape(value: Any) -> Any:
    """Return a value with its kinds in place of texts and numbers."""
    if isinstance(value, list):
        return [_shape(item) for item in value]
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    return type(value).__name__


def _in_turns(
    requests: Sequence[Request], servers: Mapping[str, Server], rounds: int, seconds: int
) -> Rounds:
    """Measure all requests in each round; what the first round gives is thrown away."""
    measured = {request.name: Measured() for request in requests}
    for number in range(rounds + 1):
        for request in requests:
            per_s, processor_ms = _in_one_turn(request, servers[request.server], seconds)
            if number:
                measured[request.name].per_s.append(per_s)
                measured[request.name].processor_ms.append(processor_ms)
    return measured


def _in_one_turn(request: Request, server: Server, seconds: int) -> tuple[float, float]:
    """Return answers a second, and the processor time of one in milliseconds."""
    before_s = server.processor_s()
    found = rate(request, server.port, seconds)
    after_s = server.processor_s()
    if not found.answers:
        # A machine that is busy with other things: one answer takes longer than a turn.
        return _in_one_turn(request, server, 2 * seconds)
    used_s = sum(after_s[one] - before_s[one] for one in before_s.keys() & after_s.keys())
    return found.per_s, used_s / found.answers * 1e3


def _print_rates(measured: Rounds) -> None:
    base = measured["a view that does SELECT 1"].per_s
    print("| answer | a second | of the SELECT 1 view | processor time, ms |")
    print("| --- | --- | --- | --- |")
    for name, found in measured.items():
        per_s, cost = statistics.median(found.per_s), statistics.median(found.processor_ms)
        ratio = _told(_ratios(found.per_s, base))
        print(f"| {name} | {per_s:,.0f} | {ratio} | {cost:.2f} |")


def _ratios(ones: Sequence[float], others: Sequence[float]) -> list[float]:
    return sorted(one / other for one, other in zip(ones, others, strict=True))


def _told(ratios: Sequence[float]) -> str:
    """Return the median of the rounds' ratios, and the least and the greatest of them."""
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _judge_ratios(measured: Rounds) -> None:
    """Judge by answers a second, and by processor time, which a busy machine changes less."""
    for one, other, least in RATIOS:
        ours, theirs = measured[one], measured[other]
        for by, ratios in (
            ("rate", _ratios(ours.per_s, theirs.per_s)),
            ("processor time", _ratios(theirs.processor_ms, ours.processor_ms)),
        ):
            met = statistics.median(ratios) >= least
            _judge(f"{one} / {other}, by {by}", f"≥ {least:g}", _told(ratios), met=met)


def _judge_tails(servers: Mapping[str, Server], measured: Rounds, seconds: float) -> None:
    for request in REQUESTS:
        if request.name not in HALF_LOADED:
            continue
        half = statistics.median(measured[request.name].per_s) / 2
        took = at_rate(request, servers[request.server].port, half, seconds)
        shown = f"{took.p99_ms / took.p50_ms:.1f} ({took.p99_ms:.1f} / {took.p50_ms:.1f} ms)"
        what = f"{request.name}: p99 / p50 at {half:.0f} a second"
        _judge(what, f"≤ {TAIL:g}", shown, met=took.p99_ms <= TAIL * took.p50_ms)


def _judge(what: str, bar: str, value: str, *, met: bool) -> None:
    print(f"| {what} {bar} | {value} | {'met' if met else 'missed'} |", flush=True)
