"""The same over GraphQL: one schema, the same errors, and limits for queries."""

import json
import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.labs.models import Run
from nexus.apps.library import queries
from nexus.apps.library.services import load_library
from nexus.apps.users.services import ensure_owner
from nexus.engines.experiment.document.json_form import upgrade
from tests.integration.web.pages.test_library import UNKNOWN, ended_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("library")]

PAGES = """
query ($first: Int!, $after: String!) {
  pages(first: $first, after: $after) {
    edges {
      cursor
      node {
        kind slug title url summary topics changedAt sourcePath
        prerequisites { title } usedIn { title url } sections { title prose }
        claims { id state effect page { title } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
def library() -> None:
    load_library()


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(ensure_owner())
    return client


def ask(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    answer = client.post("/graphql/", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def data(client: Client, query: str, **variables: Any) -> Any:
    answer = ask(client, query, **variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def error(client: Client, query: str, **variables: Any) -> tuple[str, int]:
    extensions = ask(client, query, **variables)["errors"][0]["extensions"]
    return extensions["code"], extensions["status"]


def test_pages_are_walked_with_the_cursors_of_rest(client: Client) -> None:
    first = data(client, PAGES, first=5, after="")["pages"]
    following = client.get("/api/v1/pages/?limit=5").json()["next"]

    assert f"after={first['pageInfo']['endCursor']}" in following
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": ""}
    found = []
    while info["hasNextPage"]:
        page = data(client, PAGES, first=6, after=info["endCursor"])["pages"]
        found += [edge["node"]["slug"] for edge in page["edges"]]
        info = page["pageInfo"]
    assert found == [page.slug for page in queries.pages_by_key().values()]


def test_a_page_says_what_rest_says(client: Client) -> None:
    query = """{ page(kind: CHALLENGES, slug: "overselling") {
        slug title summary url sourcePath topics
        prerequisites { kind slug title url } claims { id } } }"""
    found = data(client, query)["page"]
    rest = client.get("/api/v1/pages/challenges/overselling/").json()

    assert found["claims"] == [{"id": name} for name in rest["claims"]]
    assert [p["slug"] for p in found["prerequisites"]] == [p["slug"] for p in rest["prerequisites"]]
    for name in ("slug", "title", "summary", "url", "topics"):
        assert found[name] == rest[name]
    assert found["sourcePath"] == rest["source_path"]


def test_claims_of_a_state_say_how_they_stand(client: Client) -> None:
    run = ended_run()
    query = """{ claims(state: SUPPORTED) { edges { node {
        id state value interval bar unit lab run machine decidedAt declared page { slug } } } } }"""
    (edge,) = data(client, query)["claims"]["edges"]
    rest = client.get("/api/v1/claims/n-plus-one.faster/").json()

    found = edge["node"]
    assert found["run"] == str(run.pk)
    assert found["state"] == "SUPPORTED"
    for name in ("id", "value", "interval", "bar", "unit", "lab", "machine", "declared"):
        assert found[name] == rest[name]


def test_a_lab_leads_to_its_claims_and_its_latest_run(client: Client) -> None:
    run = ended_run()
    query = """{ lab(slug: "n-plus-one") {
        title design needs { timeS } variants { name baseline } page { url }
        claims { id state sentence } latestRun { id verdict seed result } } }"""
    found = data(client, query)["lab"]

    assert found["latestRun"]["id"] == str(run.pk)
    assert found["latestRun"]["verdict"] == "SUPPORTED"
    assert found["latestRun"]["result"] == upgrade(run.document or {})
    assert "n-plus-one.faster" in [claim["id"] for claim in found["claims"]]


def test_a_run_is_started_watched_and_cancelled(owner: Client) -> None:
    start = """mutation ($seed: BigInt) { startRun(lab: "n-plus-one", form: QUICK, seed: $seed) {
        id lab form seed status verdict queuedBefore } }"""
    run = data(owner, start, seed=4_294_967_295)["startRun"]
    assert run["seed"] == 4_294_967_295
    assert (run["form"], run["status"], run["verdict"]) == ("QUICK", "QUEUED", None)

    watch = "query ($id: UUID!) { run(id: $id) { status done step } }"
    assert data(owner, watch, id=run["id"])["run"] == {"status": "QUEUED", "done": 0, "step": ""}

    cancel = "mutation ($id: UUID!) { cancelRun(id: $id) { status } }"
    assert data(owner, cancel, id=run["id"])["cancelRun"] == {"status": "CANCELLED"}
    assert error(owner, cancel, id=run["id"]) == ("run_ended", 409)


def test_runs_are_listed_newest_first(owner: Client) -> None:
    runs = [ended_run() for _ in range(3)]
    query = '{ runs(lab: "n-plus-one", status: DONE, first: 2) { edges { node { id } } } }'
    found = [edge["node"]["id"] for edge in data(owner, query)["runs"]["edges"]]

    newest = sorted(runs, key=lambda run: (run.requested_at, run.pk), reverse=True)[:2]
    assert found == [str(run.pk) for run in newest]


def test_search_finds_despite_a_typo(client: Client) -> None:
    query = '{ search(q: "oversellling", limit: 2) { corrected hits { slug url kind } } }'
    found = data(client, query)["search"]

    assert found["corrected"] == "overselling"
    assert found["hits"][0]["kind"] == "CHALLENGES"


# Errors.


@pytest.mark.parametrize(
    ("query", "code", "status"),
    [
        ('{ page(kind: CONCEPTS, slug: "nope") { title } }', "page_not_found", 404),
        ('{ claim(id: "nope") { id } }', "claim_not_found", 404),
        ('{ lab(slug: "nope") { title } }', "lab_not_found", 404),
        (f'{{ run(id: "{UNKNOWN}") {{ id }} }}', "run_not_found", 404),
        ('{ pages(after: "nope") { edges { cursor } } }', "cursor_invalid", 400),
        ("{ pages(first: 101) { edges { cursor } } }", "invalid_input", 400),
        ("{ pages(first: 0) { edges { cursor } } }", "invalid_input", 400),
        ('{ search(q: "") { found } }', "invalid_input", 400),
        ('{ search(q: "a", limit: 0) { found } }', "invalid_input", 400),
        ('mutation { startRun(lab: "n-plus-one") { id } }', "not_authenticated", 401),
        (f'mutation {{ cancelRun(id: "{UNKNOWN}") {{ id }} }}', "not_authenticated", 401),
        ("{ nope }", "invalid_query", 400),
        ("{", "invalid_query", 400),
    ],
)
def test_an_error_has_the_code_of_rest(client: Client, query: str, code: str, status: int) -> None:
    assert error(client, query) == (code, status)


@pytest.mark.parametrize("seed", [-1, 4_294_967_296, "x", True])
def test_a_wrong_seed_is_refused(owner: Client, seed: Any) -> None:
    start = 'mutation ($seed: BigInt) { startRun(lab: "n-plus-one", seed: $seed) { id } }'
    code, status = error(owner, start, seed=seed)

    assert status == 400
    assert code in {"invalid_input", "invalid_query"}
    assert not Run.objects.exists()


def test_zero_bytes_are_refused(client: Client) -> None:
    for query in (
        "query ($t: String!) { search(q: $t) { found } }",
        "query ($t: String!) { pages(topic: $t) { edges { cursor } } }",
        "query ($t: String!) { runs(lab: $t) { edges { cursor } } }",
        "query ($t: String!) { page(kind: CONCEPTS, slug: $t) { title } }",
        "query ($t: String!) { claim(id: $t) { id } }",
    ):
        assert error(client, query, t="a\0b")[1] in {400, 404}


@pytest.mark.parametrize("is_open", [True, False])
def test_a_signed_in_browser_needs_its_token_to_write_and_not_to_read(
    is_open: bool,  # noqa: FBT001 -- a parameter of the test
    settings: Any,
) -> None:
    settings.OPEN_SCHEMA = is_open
    client = Client(enforce_csrf_checks=True)
    client.force_login(ensure_owner())

    assert error(client, 'mutation { startRun(lab: "n-plus-one") { id } }') == ("not_allowed", 403)
    assert not Run.objects.exists()
    assert data(client, "{ labs { edges { node { slug } } } }")["labs"]["edges"]


def test_nothing_is_written_by_get(owner: Client) -> None:
    answer = owner.get("/graphql/", {"query": 'mutation { startRun(lab: "n-plus-one") { id } }'})

    assert (answer.status_code, Run.objects.count()) == (400, 0)
    assert answer.json()["errors"][0]["extensions"]["code"] == "invalid_query"


def test_a_query_by_get_is_answered(client: Client) -> None:
    answer = client.get("/graphql/", {"query": '{ lab(slug: "overselling") { slug } }'})

    assert answer.json() == {"data": {"lab": {"slug": "overselling"}}}


def test_invalid_query_is_an_error_in_json(client: Client) -> None:
    for body, kind in (("{", "application/json"), ("{}", "application/json"), ("x", "text/plain")):
        answer = client.post("/graphql/", body, content_type=kind)
        assert answer.status_code in {400, 415}
        assert json.loads(answer.content)["errors"][0]["extensions"]["code"] == "invalid_query"


def test_a_lost_database_and_a_bug_are_reported_as_such(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(reason: Exception) -> Any:
        def get_page(*_asked: str) -> None:
            raise reason

        return get_page

    query = '{ page(kind: CONCEPTS, slug: "locking") { title } }'
    monkeypatch.setattr(queries, "get_page", fail(OperationalError("lost")))
    assert error(client, query) == ("unavailable", 503)
    monkeypatch.setattr(queries, "get_page", fail(RuntimeError("secret")))
    answer = ask(client, query)
    assert answer["errors"][0]["extensions"] == {"code": "error", "status": 500}
    assert "secret" not in str(answer)


# Limits.


def test_a_query_that_nests_too_deeply_is_refused(client: Client) -> None:
    # The schema itself is no deeper than allowed, so only introspection and fragments can be.
    usual = "{ pages { edges { node { claims { page { title } } } } } }"
    deep = '{ x: __type(name: "Run") { ' + "fields { type { " * 6 + "name" + " } }" * 6 + " } }"

    assert "errors" not in ask(client, usual)
    assert error(client, deep) == ("invalid_query", 400)


def test_a_query_with_too_many_aliases_is_refused(client: Client) -> None:
    many = " ".join(f"a{number}: labs {{ edges {{ cursor }} }}" for number in range(21))
    spread = "fragment F on Query { x: __typename y: __typename } query { "
    multiplied = spread + " ".join("...F" for _ in range(11)) + " }"

    assert error(client, f"{{ {many} }}") == ("invalid_query", 400)
    assert error(client, multiplied) == ("invalid_query", 400)


def test_a_query_of_too_many_words_is_refused(client: Client) -> None:
    assert error(client, "{ " + "__typename " * 1_100 + "}") == ("invalid_query", 400)


def test_several_queries_in_one_request_are_refused(client: Client) -> None:
    body = [{"query": "{ __typename }"}] * 2
    answer = client.post("/graphql/", body, content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.parametrize("count", [1, 25])
def test_a_list_costs_as_many_queries_for_one_row_as_for_many(client: Client, count: int) -> None:
    for _ in range(count):
        ended_run()
    with CaptureQueriesContext(connection) as counted:
        data(client, PAGES, first=count, after="")
    # Pages, four kinds of relations, and the two queries for the states of claims.
    assert len(counted) == 7, [query["sql"][:150] for query in counted]

    runs = "query ($first: Int!) { runs(first: $first) { edges { node { id result verdict } } } }"
    with CaptureQueriesContext(connection) as counted:
        data(client, runs, first=count)
    assert len(counted) == 1


def test_people_get_graphiql_from_this_server(client: Client) -> None:
    answer = client.get("/graphql/", headers={"Accept": "text/html"})
    body = answer.content.decode()

    assert answer.headers["Content-Type"].startswith("text/html")
    assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', body)
    assert addresses
    assert all(address.startswith("/") for address in addresses)


def test_a_query_that_was_validated_is_not_validated_again(client: Client) -> None:
    from strawberry.extensions.validation_cache import _get_validate_cache

    cache: Any = _get_validate_cache(128)
    cache.cache_clear()
    for _ in range(3):
        body = json.dumps({"query": "{ categories { edges { node { slug path } } } }"})
        client.post("/graphql/", body, content_type="application/json")

    assert (cache.cache_info().misses, cache.cache_info().hits) == (1, 2)
