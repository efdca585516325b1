"""The list of claims: every claim with its state, all or those of one state."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.library import queries
from nexus.web.pages.claims import STATES
from tests.integration.web.pages.test_home import body_of, decided, library, words
from tests.integration.web.pages.test_library import ended_run

__all__ = ["library"]

pytestmark = pytest.mark.django_db


def listed(body: str) -> set[str]:
    """Return the ids of the claims that a page lists, written as in an anchor."""
    return set(re.findall(r'<p class="claim"><a href="[^"#]+#claim-([^"]+)"', body))


def anchors(claims: set[str]) -> set[str]:
    return {re.sub(r"\W", "-", claim) for claim in claims}


def shown(claims: str, client: Client) -> set[str]:
    return listed(body_of(client, f"/claims/?state={claims}"))


@pytest.mark.usefixtures("library")
def test_claims_lists_every_claim(client: Client) -> None:
    assert anchors(set(queries.list_claims())) == listed(body_of(client, "/claims/"))


@pytest.mark.usefixtures("library")
def test_claims_are_found_from_every_page(client: Client) -> None:
    assert '<a href="/claims/">Claims</a>' in body_of(client, "/labs/")
    assert '<a href="/claims/" aria-current="true">Claims</a>' in body_of(client, "/claims/")


@pytest.mark.usefixtures("library")
def test_claim_shows_verdict_effect_age_and_machine(client: Client) -> None:
    run = ended_run()
    text = body_of(client, "/claims/?state=supported")
    assert "supported 12 times as fast, between 11 and 14." in words(text)
    assert "Plain CPU, 2 cores, 8 GB, Linux 6.1 · now · See the run · Run it here" in words(text)
    assert f'href="/runs/{run.pk}/"' in text
    assert 'href="/labs/n-plus-one/"' in text


@pytest.mark.usefixtures("library")
def test_state_chooses_claims(client: Client) -> None:
    ended_run(verdict="refuted")
    claims = set(queries.list_claims())
    assert {"n-plus-one-faster"} == shown("refuted", client)
    assert anchors(decided() - {"n-plus-one.faster"}) == shown("not-run", client)
    assert anchors(claims - decided()) == shown("reported", client)
    assert anchors(claims) == shown("odd", client)


@pytest.mark.usefixtures("library")
def test_counts_of_states_match_the_lists(client: Client) -> None:
    ended_run()
    body = body_of(client, "/claims/")
    counts = dict(re.findall(r'\?state=([\w-]+)"[^\n]*?class="count"> (\d+)<', body))
    assert {name: str(len(shown(name, client))) for name in STATES} == counts
    assert re.search(rf'all<span class="count"> {len(queries.list_claims())}<', body)


@pytest.mark.usefixtures("library")
def test_unavailable_is_offered_where_a_claim_has_it(client: Client) -> None:
    assert "?state=unavailable" not in body_of(client, "/claims/")
    ended_run(verdict="unavailable")
    assert "?state=unavailable" in body_of(client, "/claims/")
    assert {"n-plus-one-faster"} == shown("unavailable", client)


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("supported", "Run a lab"),
        ("refuted", "run the lab of overselling"),
        ("inconclusive", "run its lab again"),
    ],
)
@pytest.mark.usefixtures("library")
def test_state_without_claims_says_what_to_do(client: Client, state: str, remedy: str) -> None:
    body = body_of(client, f"/claims/?state={state}")
    assert set() == listed(body)
    assert remedy in words(body)


@pytest.mark.parametrize(
    ("state", "remedy"), [("not-run", "run its lab again"), ("reported", "See all claims")]
)
def test_state_that_nothing_is_left_of_says_so(client: Client, state: str, remedy: str) -> None:
    assert remedy in words(body_of(client, f"/claims/?state={state}"))


@pytest.mark.usefixtures("library")
def test_number_of_queries_does_not_grow_with_claims(client: Client) -> None:
    ended_run()
    with CaptureQueriesContext(connection) as one_claim:
        assert len(shown("supported", client)) == 1
    with CaptureQueriesContext(connection) as all_claims:
        client.get("/claims/")
    assert len(one_claim) == len(all_claims)
