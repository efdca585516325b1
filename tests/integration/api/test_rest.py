"""The same pages, claims, labs and runs for programs, over REST."""

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nexus.apps.labs import queries as lab_queries
from nexus.apps.labs.models import Run
from nexus.apps.library import queries
from nexus.apps.library.models import Page, Search
from nexus.apps.library.services import load_library
from nexus.apps.users.services import ensure_owner
from nexus.engines.experiment.document.json_form import upgrade
from tests.integration.web.pages.test_library import UNKNOWN, ended_run
from tests.support.nonempty import nonempty

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("library")]

JSON = "application/json"
PROBLEM = "application/problem+json"


@pytest.fixture
def library() -> None:
    load_library()


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(ensure_owner())
    return client


def get(client: Client, address: str, status: int = 200) -> Any:
    answer = client.get(address)
    assert (address, answer.status_code) == (address, status), answer.content
    assert answer.headers["Content-Type"] == (JSON if status < 400 else PROBLEM)
    return answer.json()


def walk(client: Client, address: str | None) -> list[Any]:
    found: list[Any] = []
    while address:
        page = get(client, address)
        found += page["results"]
        address = page["next"]
    return found


def test_the_root_leads_everywhere(client: Client) -> None:
    for name, address in nonempty(get(client, "/api/v1/").items()):
        needed = {"search": f"{address}?q=locks", "graphql": f"{address}?query={{__typename}}"}
        assert client.get(needed.get(name, address)).status_code == 200, name


def test_pages_are_listed_in_the_order_of_the_library(client: Client) -> None:
    found = walk(client, "/api/v1/pages/?limit=7")

    assert [f"{page['kind']}/{page['slug']}" for page in found] == list(queries.pages_by_key())


def test_pages_are_chosen_by_kind_and_topic(client: Client) -> None:
    found = walk(client, "/api/v1/pages/?kind=challenges&topic=SQL&limit=2")

    assert found
    assert all(page["kind"] == "challenges" and "SQL" in page["topics"] for page in found)
    pages = queries.pages_by_key().values()
    expected = [page.slug for page in pages if page.kind == "challenges" and "SQL" in page.topics]
    assert [page["slug"] for page in found] == expected


def test_a_page_names_its_neighbours_and_claims(client: Client) -> None:
    page = get(client, "/api/v1/pages/challenges/overselling/")

    kept = queries.get_page("challenges", "overselling")
    assert page["claims"] == [claim.id for claim in kept.claims.all()]
    assert [other["slug"] for other in page["prerequisites"]] == [
        other.slug for other in kept.prerequisites.all()
    ]
    assert client.get(page["url"]).status_code == 200
    assert page["source_path"] == "library/challenges/overselling/README.md"


def test_sections_are_the_text_of_a_page(client: Client) -> None:
    found = walk(client, "/api/v1/pages/challenges/overselling/sections/?limit=3")

    assert [section["position"] for section in found] == list(range(len(found)))
    assert any("select_for_update" in section["code"] for section in found)


def test_search_finds_despite_a_typo_and_is_kept(client: Client) -> None:
    found = get(client, "/api/v1/search/?q=oversellling&limit=3")

    assert found["corrected"] == "overselling"
    assert found["hits"][0]["slug"] == "overselling"
    assert len(found["hits"]) <= 3
    assert client.get(found["hits"][0]["url"]).status_code == 200
    kept = Search.objects.get()
    assert (kept.text, kept.found) == ("oversellling", found["found"])


def test_claims_say_how_they_stand(client: Client) -> None:
    run = ended_run()
    found = {claim["id"]: claim for claim in walk(client, "/api/v1/claims/?limit=50")}

    assert list(found) == list(queries.list_claims())
    decided = found["n-plus-one.faster"]
    assert decided["state"] == "supported"
    assert (decided["value"], decided["interval"], decided["unit"]) == (12.5, [11.0, 14.0], "×")
    assert (decided["run"], decided["lab"]) == (str(run.pk), "n-plus-one")
    assert decided["machine"] == "Plain CPU, 2 cores, 8 GB, Linux 6.1"
    assert found["overselling.naive"]["state"] == "not_run"
    assert get(client, "/api/v1/claims/n-plus-one.faster/") == decided


def test_claims_come_one_a_line_as_well(client: Client) -> None:
    ended_run()
    answer = client.get("/claims.jsonl")

    assert answer.headers["Content-Type"] == "application/jsonl"
    found = [json.loads(line) for line in answer.content.decode().splitlines()]
    assert found == walk(client, "/api/v1/claims/?limit=100")


def test_a_claim_whose_page_has_changed_since_is_stale(client: Client) -> None:
    ended_run()
    assert get(client, "/api/v1/claims/n-plus-one.faster/")["stale"] is None
    Page.objects.filter(slug="n-plus-one").update(changed_at=timezone.now())

    stale = get(client, "/api/v1/claims/n-plus-one.faster/")["stale"]
    assert stale == "its page has changed since"


def test_claims_are_chosen_by_state(client: Client) -> None:
    found = walk(client, "/api/v1/claims/?state=told&limit=9")

    assert {claim["state"] for claim in found} == {"told"}
    assert all(claim["lab"] is None and claim["run"] is None for claim in found)


def test_labs_name_their_claims_and_latest_run(client: Client) -> None:
    run = ended_run()
    found = {lab["slug"]: lab for lab in walk(client, "/api/v1/labs/?limit=1")}

    assert list(found) == sorted(found)
    lab = found["n-plus-one"]
    assert lab["latest_run"] == str(run.pk)
    assert "n-plus-one.faster" in lab["claims"]
    assert [variant["baseline"] for variant in lab["variants"]] == [True, False]
    assert get(client, "/api/v1/labs/n-plus-one/") == lab


def test_a_run_is_started_watched_and_cancelled(owner: Client) -> None:
    answer = owner.post(
        "/api/v1/runs/", {"lab": "n-plus-one", "form": "quick", "seed": 7}, content_type=JSON
    )
    assert answer.status_code == 201
    run = answer.json()
    address = answer.headers["Location"]
    assert (run["lab"], run["form"], run["seed"], run["status"]) == (
        "n-plus-one", "quick", 7, "queued",
    )  # fmt: skip

    watched = owner.get(address)
    assert watched.json() == run
    assert watched.headers["Retry-After"] == "1"
    again = owner.get(address, headers={"If-None-Match": watched.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    cancelled = owner.post(f"{address}cancel/")
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    ended = owner.get(address, headers={"If-None-Match": watched.headers["ETag"]})
    assert ended.status_code == 200
    assert "Retry-After" not in ended.headers
    assert owner.post(f"{address}cancel/").json()["code"] == "run_ended"


def test_a_run_without_a_seed_draws_one(owner: Client) -> None:
    made = owner.post("/api/v1/runs/", {"lab": "overselling"}, content_type=JSON).json()

    assert Run.objects.get(pk=made["id"]).seed == made["seed"]
    assert made["form"] == "full"


def test_a_run_that_waits_knows_how_many_come_first(owner: Client) -> None:
    for _ in range(3):
        made = owner.post("/api/v1/runs/", {"lab": "n-plus-one"}, content_type=JSON).json()

    assert made["queued_before"] == 2


def test_the_result_and_samples_of_a_run_can_be_downloaded(client: Client) -> None:
    run = ended_run()

    assert get(client, f"/api/v1/runs/{run.pk}/result/") == upgrade(run.document or {})
    samples = client.get(f"/api/v1/runs/{run.pk}/samples/")
    assert samples.headers["Content-Type"].startswith("text/csv")
    assert samples.content.decode() == lab_queries.samples_csv(run)


def test_a_run_without_result_says_so(owner: Client) -> None:
    made = owner.post("/api/v1/runs/", {"lab": "n-plus-one"}, content_type=JSON).json()

    for part in ("result", "samples"):
        assert get(owner, f"/api/v1/runs/{made['id']}/{part}/", 404)["code"] == "run_not_found"


def test_runs_are_chosen_by_lab_and_status(owner: Client) -> None:
    done = ended_run()
    owner.post("/api/v1/runs/", {"lab": "overselling"}, content_type=JSON)

    assert [run["lab"] for run in walk(owner, "/api/v1/runs/?limit=1")] == [
        "overselling", "n-plus-one",
    ]  # fmt: skip
    assert [run["id"] for run in walk(owner, "/api/v1/runs/?status=done")] == [str(done.pk)]
    assert walk(owner, "/api/v1/runs/?lab=n-plus-one&status=queued") == []


# Problems.


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/api/v1/pages/challenges/nope/", "page_not_found"),
        ("/api/v1/pages/nope/overselling/sections/", "page_not_found"),
        ("/api/v1/claims/nope.nope/", "claim_not_found"),
        ("/api/v1/labs/nope/", "lab_not_found"),
        (f"/api/v1/runs/{UNKNOWN}/", "run_not_found"),
        ("/api/v1/problems/nope/", "not_found"),
        ("/api/v1/nope/", "not_found"),
        ("/api/v1/runs/1%0A/", "not_found"),
    ],
)
def test_missing_resource_is_a_problem(client: Client, address: str, code: str) -> None:
    found = get(client, address, 404)

    assert (found["code"], found["status"], found["title"]) == (code, 404, "Not Found")
    assert get(client, found["type"])["code"] == code


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("kind=nope", "kind"),
        ("knid=concepts", "knid"),
        ("limit=1&limit=2", "limit"),
        ("topic=%00", "topic"),
    ],
)
def test_a_wrong_parameter_is_named(client: Client, query: str, parameter: str) -> None:
    found = get(client, f"/api/v1/pages/?{query}", 400)

    assert found["code"] == "invalid_input"
    assert {fault["parameter"] for fault in found["errors"]} == {parameter}


def test_every_wrong_member_of_a_body_is_pointed_at(owner: Client) -> None:
    body = {"form": "slow", "seed": -1}
    answer = owner.post("/api/v1/runs/", body, content_type=JSON)

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/lab", "/form", "/seed"}


def test_a_made_up_cursor_is_refused(client: Client) -> None:
    assert get(client, "/api/v1/pages/?after=nope", 400)["code"] == "cursor_invalid"


@pytest.mark.parametrize("address", ["/api/v1/runs/", f"/api/v1/runs/{UNKNOWN}/cancel/"])
def test_a_stranger_changes_nothing(client: Client, address: str) -> None:
    answer = client.post(address, {"lab": "n-plus-one"}, content_type=JSON)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="nexus"'
    assert not Run.objects.exists()


def test_a_signed_in_browser_needs_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ensure_owner())
    answer = client.post("/api/v1/runs/", {"lab": "n-plus-one"}, content_type=JSON)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert "CSRF" in answer.json()["detail"]
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": "{", "content_type": JSON}, 400, "unreadable"),
        ({"data": "a=b", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ({"data": "[]", "content_type": JSON}, 400, "invalid_input"),
        ({"data": " " * 3_000_000, "content_type": JSON}, 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    owner: Client, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = owner.post("/api/v1/runs/", **sent)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_unsupported_method_lists_the_supported_ones(client: Client) -> None:
    answer = client.delete("/api/v1/pages/")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_type_that_there_is_not_is_refused(client: Client) -> None:
    answer = client.get("/api/v1/pages/", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_a_lost_database_is_reported_as_such(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(**_filters: str) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(queries, "list_pages", lost)

    assert get(client, "/api/v1/pages/", 503)["code"] == "unavailable"


def test_a_fault_of_the_server_shows_nothing_of_its_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(**_filters: str) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(queries, "list_pages", broken)
    found = get(Client(raise_request_exception=False), "/api/v1/pages/", 500)

    assert found["code"] == "error"
    assert "secret" not in str(found)


# The number of queries of a list does not depend on its length.


@pytest.mark.parametrize(
    ("address", "budget"),
    [("/api/v1/pages/", 1), ("/api/v1/claims/", 2), ("/api/v1/labs/", 3), ("/api/v1/runs/", 1)],
)
def test_a_list_costs_as_many_queries_for_one_row_as_for_thirty(
    client: Client, address: str, budget: int
) -> None:
    for _ in range(30):
        ended_run()
    for limit in (1, 30):
        with CaptureQueriesContext(connection) as counted:
            get(client, f"{address}?limit={limit}")
        assert len(counted) == budget, [query["sql"][:200] for query in counted]
