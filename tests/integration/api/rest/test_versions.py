"""Both versions of a claim are served; the first says until when, and names its successor."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import yaml
from django.test import Client

from nexus.apps.library.services import load_library
from tests.integration.web.pages.test_library import ended_run

pytestmark = pytest.mark.django_db

PARTS = ("value", "interval", "bar", "unit")


@pytest.fixture(autouse=True)
def _library() -> None:
    load_library()
    ended_run()


def claims(client: Client, version: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v{version}/claims/?limit=100").json()["results"]
    return found


def test_version_2_puts_the_parts_of_a_figure_together(client: Client) -> None:
    for first, second in zip(claims(client, 1), claims(client, 2), strict=True):
        parts = {name: first.pop(name) for name in PARTS}
        figure = second.pop("figure")
        names = {first.pop("state"), second.pop("state")}

        assert first == second
        assert len(names) == 1 or names == {"told", "reported"}
        assert figure == (None if parts["value"] is None else parts)


def test_state_told_of_version_1_is_called_reported_since(client: Client) -> None:
    def counts(version: int, state: str) -> int:
        answer = client.get(f"/api/v{version}/claims/?limit=100&state={state}")
        assert answer.status_code == 200, answer.content
        return len(answer.json()["results"])

    states = [{claim["state"] for claim in claims(client, version)} for version in (1, 2)]

    assert ("told" in states[0], "reported" in states[0]) == (True, False)
    assert ("told" in states[1], "reported" in states[1]) == (False, True)
    assert counts(1, "told") == counts(2, "reported") > 0
    assert client.get("/api/v2/claims/?state=told").status_code == 400
    assert client.get("/api/v1/claims/?state=reported").status_code == 400


def test_state_told_is_called_reported_in_graphql(client: Client) -> None:
    query = "{ claims(first: 100, state: REPORTED) { edges { node { state } } } }"
    answer = client.post("/graphql/", {"query": query}, content_type="application/json").json()
    states = {edge["node"]["state"] for edge in answer["data"]["claims"]["edges"]}

    assert states == {"REPORTED"}


def test_some_claims_have_a_figure_and_some_have_none(client: Client) -> None:
    figures = [claim["figure"] for claim in claims(client, 2)]

    assert None in figures
    assert any(figure and figure["unit"] for figure in figures)


@pytest.mark.parametrize("path", ["claims/", "claims/n-plus-one.faster/"])
def test_version_1_names_its_sunset_and_its_successor(client: Client, path: str) -> None:
    headers = client.get(f"/api/v1/{path}").headers
    successor, policy = headers["Link"].split(", ")
    since = int(headers["Deprecation"].removeprefix("@"))
    until = parsedate_to_datetime(headers["Sunset"])

    assert successor == f'</api/v2/{path}>; rel="successor-version"'
    # At least a year between them.
    assert until.timestamp() - since >= 365 * 24 * 3600
    assert client.get(successor[1 : successor.index(">")]).status_code == 200
    assert 'rel="deprecation"' in policy
    assert client.get(policy[1 : policy.index(">")]).status_code == 200


@pytest.mark.parametrize("path", ["claims/", "claims/n-plus-one.faster/"])
def test_version_2_is_the_present_one(client: Client, path: str) -> None:
    headers = client.get(f"/api/v2/{path}").headers

    assert not {"Deprecation", "Sunset", "Link"} & set(headers)


def test_graphql_has_the_parts_next_to_the_figure(client: Client) -> None:
    query = "{ claims(first: 100) { edges { node { figure { value unit } value unit } } } }"
    answer = client.post("/graphql/", {"query": query}, content_type="application/json").json()
    nodes = [edge["node"] for edge in answer["data"]["claims"]["edges"]]

    assert any(node["figure"] for node in nodes)
    for node in nodes:
        parts = {name: node[name] for name in ("value", "unit")}
        assert node["figure"] == (None if node["value"] is None else parts)


def test_the_document_marks_version_1_as_deprecated(client: Client) -> None:
    paths = yaml.safe_load(client.get("/api/v1/schema/").content)["paths"]
    marked = {path for path, found in paths.items() if found.get("get", {}).get("deprecated")}

    assert marked == {"/api/v1/claims/", "/api/v1/claims/{claim_id}/"}
    assert {"/api/v2/claims/", "/api/v2/claims/{claim_id}/"} <= set(paths)


def test_an_address_that_version_2_does_not_have_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v2/pages/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("version", [1, 2])
def test_former_id_leads_to_the_claim_of_now(client: Client, version: int) -> None:
    answer = client.get(f"/api/v{version}/claims/waiting-concurrently.waiting/")
    assert (answer.status_code, answer.json()["id"]) == (200, "async-and-threads.waiting")
    for unknown in ("waiting-concurrently.unknown", "unknown.waiting", "waiting"):
        assert client.get(f"/api/v{version}/claims/{unknown}/").status_code == 404
