"""The cost of a query is limited before it runs, and strangers do not get the schema."""

from typing import Any

import pytest
from django.test import Client
from graphql import parse
from pytest_django.fixtures import Settings

from nexus.api.graphql.limits import MAX_COST, query_cost
from nexus.api.schema import schema
from nexus.apps.users.services import ensure_owner

pytestmark = pytest.mark.django_db

WIDE = """
query ($n: Int!) { pages(first: $n) { edges { node { sections { title } claims { id } } } } }
"""
TWICE = """
{ a: pages(first: 3) { edges { node { title } } } b: pages(first: 4) { edges { node { slug } } } }
"""
PARTED = """
{ pages(first: 5) { ...P } } fragment P on PageConnection { edges { node { title } } }
"""


def count(query: str, operation: str | None = None, **variables: Any) -> int:
    return query_cost(schema._schema, parse(query), operation, variables)


def ask(client: Client, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return client.post("/graphql/", body, content_type="application/json").json()


@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ("{ __typename }", 0),
        ("{ pages(first: 7) { edges { node { title } } } }", 7),
        ("{ pages(first: 7) { pageInfo { endCursor } edges { cursor node { title } } } }", 7),
        # Each page with ten sections.
        ("{ pages(first: 7) { edges { node { sections { title } } } } }", 7 * 11),
        ("{ pages(first: 2) { edges { node { claims { page { title } } } } } }", 2 * (1 + 10 * 2)),
        (TWICE, 7),
        (PARTED, 5),
        ("{ pages(first: 5) { edges { node { ... on Page { sections { title } } } } } }", 55),
        ("query ($n: Int = 9) { pages(first: $n) { edges { node { title } } } }", 9),
        ("{ pages(first: -3) { edges { node { title } } } }", 0),
    ],
)
def test_cost_is_the_number_of_objects(query: str, objects: int) -> None:
    assert count(query) == objects


def test_cost_follows_the_variables() -> None:
    assert count(WIDE, n=10) == 10 * 21
    assert count(WIDE, n="many") == 0


def test_cost_is_of_the_operation_that_is_asked_for() -> None:
    both = (
        "query Few { pages(first: 1) { edges { node { title } } } } "
        "query Many { pages(first: 90) { edges { node { title } } } }"
    )
    assert (count(both, "Few"), count(both, "Many")) == (1, 90)


def test_cost_without_a_size_is_that_of_the_default() -> None:
    by_default = count("{ pages { edges { node { title } } } }")
    assert by_default == schema._schema.query_type.fields["pages"].args["first"].default_value  # type: ignore[union-attr]


def test_a_query_that_could_fetch_too_much_is_refused_before_it_runs(client: Client) -> None:
    # Each page with ten of each, and a page for every claim.
    page = (
        "{ sections { title } prerequisites { title } usedIn { title } claims { page { title } } }"
    )
    twice = " ".join(f"{name}: pages(first: 100) {{ edges {{ node {page} }} }}" for name in "ab")
    answer = ask(client, f"{{ {twice} }}")

    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "invalid_query"
    assert error["message"].startswith(
        f"This query could fetch {2 * 100 * (1 + 10 + 10 + 10 + 20):,} objects"
    )
    assert f"{MAX_COST:,}" in error["message"]


@pytest.mark.parametrize(
    "query", ["{ __schema { types { name } } }", '{ __type(name: "Page") { name } }']
)
def test_strangers_do_not_get_the_schema_in_production(
    query: str, client: Client, settings: Settings
) -> None:
    settings.OPEN_SCHEMA = False
    answer = ask(client, query)
    assert answer["data"] is None
    assert answer["errors"][0]["message"].startswith("Sign in to read the schema")
    assert ask(client, "{ __typename }") == {"data": {"__typename": "Query"}}

    client.force_login(ensure_owner())
    assert "errors" not in ask(client, query)


def test_strangers_get_the_schema_on_a_laptop(client: Client, settings: Settings) -> None:
    settings.OPEN_SCHEMA = True
    assert "errors" not in ask(client, "{ __schema { queryType { name } } }")
