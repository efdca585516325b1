"""The home page, the list of claims and README tell the same, and nothing that does not stand."""

import gzip
import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nexus.apps.labs.registry import all_labs
from nexus.apps.library import queries
from nexus.apps.library.services import load_library
from nexus.web import front_door
from nexus.web.claim_list import STATES
from nexus.web.front_door import AREAS, CHALLENGES, FOLDERS, UNWRITTEN, Challenge, Folder
from tests.integration.web.test_pages import ended_run
from tests.support.nonempty import nonempty

pytestmark = pytest.mark.django_db

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text("utf-8")
LEDGER = (ROOT / "documentation" / "ledger.md").read_text("utf-8")
PAGES = {key for area in AREAS for subject in area.subjects for key in subject.page_keys}

challenge = pytest.mark.parametrize("challenge", CHALLENGES, ids=lambda found: found.slug)


@pytest.fixture
def library() -> None:
    load_library()


def body_of(client: Client, address: str) -> str:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert (address, 200) == (address, answer.status_code)
    return answer.content.decode()


def words(html: str) -> str:
    """Give what is read of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def rows_of(body: str) -> list[str]:
    table = body[body.index('aria-labelledby="challenges"') : body.index('id="verdicts"')]
    return re.findall(r'<tr role="row"><th scope="row".*?</tr>', table, re.DOTALL)


def decided() -> set[str]:
    return {item.claim for registered in all_labs() for item in registered.lab.expectations}


def folder(key: str) -> str:
    """Give the folder of a page."""
    return "library/" + key.replace("-", "_")


def compressed(client: Client, address: str) -> int:
    parts = [client.get(address).content]
    for name in ("nexus/nexus.css", "nexus/nexus.js", "nexus/vendor/htmx.min.js"):
        path = find(name)
        assert isinstance(path, str)
        parts.append(Path(path).read_bytes())
    return sum(len(gzip.compress(part)) for part in parts)


# The facts that the home page and README stand on.


def test_there_are_twenty_challenges() -> None:
    assert len({row.slug for row in CHALLENGES}) == 20


@challenge
@pytest.mark.usefixtures("library")
def test_challenge_has_its_page_and_the_page_its_claim(challenge: Challenge) -> None:
    claim = queries.list_claims()[challenge.claim]
    assert challenge.page_key == claim.page.key


@pytest.mark.usefixtures("library")
def test_subjects_lead_to_pages_that_exist() -> None:
    assert set() == PAGES - queries.pages_by_key().keys()


@pytest.mark.parametrize("name", UNWRITTEN)
def test_subject_without_a_page_is_open_in_the_ledger(name: str) -> None:
    topics = LEDGER[: LEDGER.index("## Topics: best practices")]
    row = rf"^\| {re.escape(name)}[^|]*\|[^|]*\| (.*) \|$"
    (standing,) = re.findall(row, topics, re.MULTILINE)
    assert standing == "open", f"{name} has a page now: give it to a subject in front_door.py"


@pytest.mark.parametrize("found", FOLDERS, ids=lambda found: found.theirs)
def test_folder_is_there_when_it_is_said_to_be(found: Folder) -> None:
    assert found.built == (ROOT / found.ours).exists()


# The home page.


@pytest.mark.usefixtures("library")
def test_home_says_what_it_is_and_where_it_comes_from(client: Client) -> None:
    text = words(body_of(client, "/"))
    for name in ("ALX ProDev", "alx-project-nexus", "#ProDevProjectNexus", "MIT"):
        assert name in text


@pytest.mark.usefixtures("library")
def test_home_shows_every_challenge_as_told(client: Client) -> None:
    rows = rows_of(body_of(client, "/"))
    assert len(rows) == len(CHALLENGES)
    for number, (row, told) in enumerate(zip(rows, CHALLENGES, strict=True), 1):
        assert f'href="/library/challenges/{told.slug}/"' in row
        solution = told.solution.replace("`", "")
        assert words(row).startswith(f"{number}. {told.problem}{solution}{told.result or 'none'}")


@pytest.mark.usefixtures("library")
def test_home_says_which_challenges_have_no_lab(client: Client) -> None:
    rows = rows_of(body_of(client, "/"))
    without = ["told, not yet proven here" in words(row) for row in rows]
    assert without == [told.claim not in decided() for told in CHALLENGES]


@pytest.mark.usefixtures("library")
def test_home_says_which_labs_have_not_been_run(client: Client) -> None:
    rows = rows_of(body_of(client, "/"))
    waiting = ["not yet run here" in words(row) for row in rows]
    assert waiting == [told.claim in decided() for told in CHALLENGES]


@pytest.mark.parametrize("verdict", ["supported", "refuted", "inconclusive"])
@pytest.mark.usefixtures("library")
def test_home_shows_the_verdict_of_the_latest_run(client: Client, verdict: str) -> None:
    run = ended_run(verdict=verdict)
    body = body_of(client, "/")
    first_screen = words(body[: body.index('id="origin"')])
    told = f"{verdict} 12.5× faster, between 11× and 14×."
    assert told in first_screen
    assert told in words(rows_of(body)[0])
    assert f'href="/runs/{run.pk}/"' in body


@pytest.mark.usefixtures("library")
def test_home_begins_with_two_labs_and_how_to_run_one(client: Client) -> None:
    body = body_of(client, "/")
    first_screen = body[: body.index('id="origin"')]
    assert first_screen.count("<h3") == 2
    assert 'href="/labs/n-plus-one/"' in first_screen
    assert "nexus run n-plus-one --quick" in words(first_screen)


@pytest.mark.usefixtures("library")
def test_number_of_queries_does_not_grow_with_rows(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_run()
    with CaptureQueriesContext(connection) as all_rows:
        client.get("/")
    monkeypatch.setattr(front_door, "CHALLENGES", CHALLENGES[:1])
    with CaptureQueriesContext(connection) as one_row:
        assert len(rows_of(body_of(client, "/"))) == 1
    assert len(one_row) == len(all_rows)


@pytest.mark.parametrize("address", ["/", "/claims/", "/library/"])
@pytest.mark.usefixtures("library")
def test_every_link_leads_somewhere(client: Client, address: str) -> None:
    ended_run()
    bodies = {address: body_of(client, address)}
    for link in nonempty(set(re.findall(r'<a\b[^>]*href="([^"]+)"', bodies[address]))):
        path, _, fragment = unescape(link).partition("#")
        path = address + path if path.startswith("?") else path or address
        if path not in bodies:
            bodies[path] = body_of(client, path)
        assert not fragment or f'id="{fragment}"' in bodies[path], link


@pytest.mark.parametrize("address", ["/", "/claims/"])
@pytest.mark.usefixtures("library")
def test_page_weighs_at_most_30_kilobytes_compressed(client: Client, address: str) -> None:
    ended_run()
    assert compressed(client, address) <= 30 * 1024


@pytest.mark.parametrize("address", ["/", "/claims/", "/library/"])
def test_empty_library_is_told(client: Client, address: str) -> None:
    assert "will appear here" in words(body_of(client, address))


# The list of claims.


def listed(body: str) -> set[str]:
    """Give the ids of the claims that a page lists, written as in an anchor."""
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
    assert "supported 12.5× faster, between 11× and 14×." in words(text)
    assert "Plain CPU, 2 cores, 8 GB, Linux 6.1 · now · See the run · Run it here" in words(text)
    assert f'href="/runs/{run.pk}/"' in text
    assert 'href="/labs/n-plus-one/"' in text


@pytest.mark.usefixtures("library")
def test_state_chooses_claims(client: Client) -> None:
    ended_run(verdict="refuted")
    claims = set(queries.list_claims())
    assert {"n-plus-one-faster"} == shown("refuted", client)
    assert anchors(decided() - {"n-plus-one.faster"}) == shown("not-run", client)
    assert anchors(claims - decided()) == shown("told", client)
    assert anchors(claims) == shown("odd", client)


@pytest.mark.usefixtures("library")
def test_counts_beside_the_states_are_those_of_the_lists(client: Client) -> None:
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
    ("state", "remedy"), [("not-run", "run its lab again"), ("told", "See all claims")]
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


# README tells the same as the home page.


@challenge
def test_readme_tells_the_challenge_and_where_it_stands(challenge: Challenge) -> None:
    place = folder(challenge.page_key)
    number = CHALLENGES.index(challenge) + 1
    labs = {
        item.claim: f"{folder(registered.page_key)}/lab.py"
        for registered in all_labs()
        for item in registered.lab.expectations
    }
    lab = labs.get(challenge.claim)
    stands = f"[lab]({lab})" if lab else "told"
    link = f"{number}. [{challenge.problem}]({place}/README.md)"
    told = f"{challenge.solution} | {challenge.result or 'none'}"
    assert f"| {link} | {told} | {stands} |" in README.splitlines()


@pytest.mark.usefixtures("library")
def test_readme_has_the_same_subjects() -> None:
    pages = queries.pages_by_key()
    for area in AREAS:
        for subject in nonempty(area.subjects):
            links = [f"[{pages[key].title}]({folder(key)}/README.md)" for key in subject.page_keys]
            assert f"| {subject.name} | {' · '.join(links)} |" in README.splitlines()
    assert f"Still without any page: {' · '.join(UNWRITTEN)}." in README


def test_readme_has_the_same_folders() -> None:
    for found in FOLDERS:
        here = f"[`{found.ours}`]({found.ours})" if found.built else "not built yet"
        assert f"| `{found.theirs}` | {here} | {found.holds} |" in README.splitlines()


@pytest.mark.usefixtures("library")
def test_readme_has_the_same_practices_and_first_week(client: Client) -> None:
    body = body_of(client, "/")
    practices = re.findall(r"<li>(<b>.*?)</li>", body)
    week = re.findall(r"<li>(.*?)</li>", body[body.index('class="checklist"') :])
    unlinked = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", README).replace("**", "")
    assert [f"- {words(item)}" for item in practices] == re.findall(
        r"^- .*",
        unlinked[unlinked.index("## Best practices") : unlinked.index("The write-ups add")],
        re.MULTILINE,
    )
    assert [words(item) for item in week] == re.findall(r"^- \[ \] (.*)", README, re.MULTILINE)


def test_every_link_of_readme_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    for link in nonempty(links):
        assert (ROOT / link).exists(), link
