"""Every operation, called as every user: permitted calls succeed, others change nothing.

The operations come from the router and from the schema, so that a new one without a row in
`permissions.py` fails here until somebody has decided who may use it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from string import Template
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from nexus.api.schema import schema
from nexus.api.urls import version_1, version_2
from nexus.apps.users.permissions import ROLES
from tests.security.permissions import GRAPHQL, HIDDEN_GRAPHQL, HIDDEN_REST, REST, Row
from tests.security.world import EVERYBODY, PEOPLE, clients, populate
from tests.support.accounts import forget_attempts
from tests.support.database import shared_transaction

METHODS = ("get", "post", "put", "patch", "delete")
PARTS = {path.name: path.pattern.converters for path in (*version_1, *version_2) if path.name}
# Sessions and the log of searches are written even by reads.
SPARED = {"django_session", "library_searchlog"}

# Each case has a savepoint in the world's transaction; the marker creates the database.
pytestmark = pytest.mark.django_db

KEY = "e7f4c1a0-one-attempt"
HEADERS = {"If-Match": "*", "Idempotency-Key": f'"{KEY}"'}


@dataclass(frozen=True)
class World:
    """The browsers, the ids by name, and a digest of each table before every case."""

    browsers: dict[str, Client]
    known: dict[str, Any]
    before: dict[str, str]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:  # noqa: ARG001 -- it makes the database
    """One transaction for all cases; each is rolled back."""
    with shared_transaction(django_db_blocker):
        people, known = populate()
        browsers = clients(people)
        yield World(browsers, known | {"key": KEY}, state(tables()))


def tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name not in SPARED]


def state(names: Iterable[str]) -> dict[str, str]:
    """Return a digest of each table."""
    each = [
        f"SELECT '{name}', md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), '')) "  # noqa: S608 -- names of our tables
        f'FROM "{name}" t'
        for name in names
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each) or "SELECT '', '' WHERE false")
        return dict(cursor.fetchall())


def writes() -> dict[str, int]:
    """Return how many rows of each table this transaction wrote, rolled back ones included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
        )
        return dict(cursor.fetchall())


def ask_rest(client: Client, method: str, name: str, row: Row, known: dict[str, Any]) -> int:
    """Send the request over REST and return the status."""
    arguments = {part: known[row.ids.get(part, part)] for part in PARTS[name]}
    address = reverse(f"api:{name}", kwargs=arguments)
    if row.query:
        address += f"?{Template(row.query).substitute(known)}"
    body = row.body if isinstance(row.body, str) else json.dumps(row.body)
    sent = "" if method == "get" else Template(body).substitute(known)
    return int(
        client.generic(method.upper(), address, sent, row.media_type, headers=HEADERS).status_code
    )


def ask_graphql(client: Client, row: Row, known: dict[str, Any]) -> int:
    """Send the request over GraphQL and return the status that corresponds to the response."""
    query = {"query": Template(row.body).substitute(known)}
    answer = client.post("/graphql/", query, content_type="application/json").json()
    if "errors" in answer:
        return int(answer["errors"][0]["extensions"]["status"])
    return 404 if None in answer["data"].values() else 200


def denied(caller: str, *, hidden: bool) -> set[int]:
    """Return the status of a refusal: an object that the user may not see does not exist."""
    if caller == "nobody":
        return {401, 404} if hidden else {401}
    return {404} if hidden else {403, 404}


def check(row: Row, caller: str, ask: Any, before: dict[str, str], *, hidden: bool) -> None:
    """Send the request in its own savepoint and compare the response with the row."""
    forget_attempts()
    with transaction.atomic():
        counted = writes()
        status = ask()
        touched = {name for name, number in writes().items() if number != counted.get(name, 0)}
        # Only these can differ; a digest of every table would take most of the time.
        after = {} if caller in row.who else state(touched - SPARED)
        transaction.set_rollback(True)
    if caller not in row.who:
        told = denied(caller, hidden=hidden)
        assert status in ({row.status} if row.status and not row.who else told), (
            f"{caller} got {status}. If {caller} may do this, add them to the row of the operation "
            "in tests/security/permissions.py."
        )
        assert after == {name: before[name] for name in after}
    elif caller in row.hindered:
        assert status == HTTPStatus.CONFLICT
    elif row.status:
        assert status == row.status
    else:
        assert status < 400


def cases(table: dict[Any, Row], *, hidden: bool = False) -> list[Any]:
    return [
        pytest.param(key, row, caller, hidden, id=f"{key}-{caller}")
        for key, row in table.items()
        for caller in sorted(EVERYBODY)
    ]


@pytest.mark.parametrize(
    ("key", "row", "caller", "hidden"), [*cases(REST), *cases(HIDDEN_REST, hidden=True)]
)
def test_over_rest(
    key: tuple[str, str],
    row: Row,
    caller: str,
    hidden: bool,  # noqa: FBT001 -- a parameter of the test
    world: World,
) -> None:
    asking = partial(ask_rest, world.browsers[caller], *key, row, world.known)
    check(row, caller, asking, world.before, hidden=hidden)


@pytest.mark.parametrize(
    ("name", "row", "caller", "hidden"), [*cases(GRAPHQL), *cases(HIDDEN_GRAPHQL, hidden=True)]
)
def test_over_graphql(
    name: str,
    row: Row,
    caller: str,
    hidden: bool,  # noqa: FBT001 -- a parameter of the test
    world: World,
) -> None:
    assert name in row.body
    asking = partial(ask_graphql, world.browsers[caller], row, world.known)
    check(row, caller, asking, world.before, hidden=hidden)


ADD_ROWS = "In tests/security/permissions.py each operation has a row in"


def test_every_role_is_somebody() -> None:
    assert set(PEOPLE.values()) == set(ROLES), "Add somebody with the role in world.PEOPLE."


# pytest-django creates the database for marked tests only, and the others share one transaction.
@pytest.mark.django_db
def test_no_operation_of_rest_is_forgotten() -> None:
    served = {
        (method, str(path.name))
        for path in (*version_1, *version_2)
        if (view := getattr(path.callback, "view_class", None))
        for method in METHODS
        if hasattr(view, method)
    }
    assert served == set(REST), f"{ADD_ROWS} REST."
    assert set(HIDDEN_REST) <= served


def test_no_operation_of_graphql_is_forgotten() -> None:
    roots = (schema._schema.query_type, schema._schema.mutation_type)
    served = {name for root in roots if root for name in root.fields}
    assert served == set(GRAPHQL), f"{ADD_ROWS} GRAPHQL."
    assert set(HIDDEN_GRAPHQL) <= served
