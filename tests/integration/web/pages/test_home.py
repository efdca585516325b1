"""The home page: one verdict, five steps, the twenty challenges and the links, in any state."""

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
from nexus.apps.library.models import Page
from nexus.apps.library.services import load_library
from nexus.web.pages.home import STEPS
from tests.integration.web.pages.test_library import ended_run

pytestmark = pytest.mark.django_db

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def library() -> None:
    load_library()


def body_of(client: Client, address: str) -> str:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert (address, 200) == (address, answer.status_code)
    return answer.content.decode()


def words(html: str) -> str:
    """Return the text of a piece of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def cards_of(body: str) -> list[str]:
    grid = body[body.index('class="challenge-grid"') : body.index('aria-labelledby="doors"')]
    return re.findall(r"<li><a.*?</li>", grid, re.DOTALL)


def decided() -> set[str]:
    return {item.claim for registered in all_labs() for item in registered.lab.expectations}


def compressed(client: Client, address: str) -> int:
    parts = [client.get(address).content]
    for name in ("nexus/nexus.css", "nexus/nexus.js", "nexus/vendor/htmx.min.js"):
        path = find(name)
        assert isinstance(path, str)
        parts.append(Path(path).read_bytes())
    return sum(len(gzip.compress(part)) for part in parts)


@pytest.mark.usefixtures("library")
def test_challenges_are_twenty_in_the_order_of_their_numbers() -> None:
    numbers = [page.reported["number"] for page in queries.list_challenges() if page.reported]
    assert numbers == list(range(1, 21))


@pytest.mark.usefixtures("library")
def test_home_shows_every_challenge_with_its_title_figure_and_state(client: Client) -> None:
    cards = cards_of(body_of(client, "/"))
    pages = queries.list_challenges()
    assert len(cards) == len(pages) == 20
    for card, page in zip(cards, pages, strict=True):
        reported = page.reported or {}
        result = f"Reported: {reported['result']}." if reported["result"] else "No result reported."
        waits = reported["claim"] in decided()
        state = "□ not yet run here" if waits else "○ reported, not tested here yet"
        assert f'href="/library/{page.key}/"' in card
        assert words(card.replace("</a>", "</a> ").replace("</span>", "</span> ")) == (
            f"{page.title} {result} {state}"
        )


@pytest.mark.parametrize("verdict", ["supported", "refuted", "inconclusive"])
@pytest.mark.usefixtures("library")
def test_home_shows_the_verdict_of_the_latest_run(client: Client, verdict: str) -> None:
    run = ended_run(verdict=verdict)
    body = body_of(client, "/")
    first_screen = body[: body.index('aria-labelledby="steps"')]
    assert f"{verdict} 12 times as fast" in words(first_screen)
    assert "<svg" in first_screen
    assert "12 times as fast" in words(cards_of(body)[0])
    assert f'href="/runs/{run.pk}/"' in body


@pytest.mark.usefixtures("library")
def test_home_begins_with_a_claim_and_how_to_run_its_lab(client: Client) -> None:
    body = body_of(client, "/")
    first_screen = body[: body.index('aria-labelledby="steps"')]
    assert words(queries.list_claims()["n-plus-one.faster"].sentence) in words(first_screen)
    assert "nexus run n-plus-one --quick" in words(first_screen)


@pytest.mark.usefixtures("library")
def test_home_has_five_steps_to_pages_that_exist(client: Client) -> None:
    body = body_of(client, "/")
    assert len(STEPS) == 5
    for step in STEPS:
        assert f'href="/library/{step.key}/"' in body[body.index('class="way-in"') :]


@pytest.mark.usefixtures("library")
def test_number_of_queries_does_not_grow_with_challenges(client: Client) -> None:
    ended_run()
    with CaptureQueriesContext(connection) as all_challenges:
        assert len(cards_of(body_of(client, "/"))) == 20
    first = queries.list_challenges()[0]
    Page.objects.exclude(pk=first.pk).update(reported=None)
    with CaptureQueriesContext(connection) as one_challenge:
        assert len(cards_of(body_of(client, "/"))) == 1
    assert len(one_challenge) == len(all_challenges)


@pytest.mark.parametrize("address", ["/", "/claims/", "/library/", "/about/"])
@pytest.mark.usefixtures("library")
def test_every_link_leads_somewhere(client: Client, address: str) -> None:
    ended_run()
    bodies = {address: body_of(client, address)}
    links = set(re.findall(r'<a\b[^>]*href="([^"]+)"', bodies[address]))
    assert links
    for link in links:
        path, _, fragment = unescape(link).partition("#")
        path = address + path if path.startswith("?") else path or address
        if path not in bodies:
            bodies[path] = body_of(client, path)
        assert not fragment or f'id="{fragment}"' in bodies[path], link


@pytest.mark.parametrize("address", ["/", "/claims/", "/about/"])
@pytest.mark.usefixtures("library")
def test_page_weighs_at_most_30_kilobytes_compressed(client: Client, address: str) -> None:
    ended_run()
    assert compressed(client, address) <= 30 * 1024


@pytest.mark.parametrize("address", ["/", "/claims/", "/library/"])
def test_empty_library_says_what_will_appear(client: Client, address: str) -> None:
    assert "will appear here" in words(body_of(client, address))


@pytest.mark.usefixtures("library")
def test_about_says_where_nexus_comes_from(client: Client) -> None:
    text = words(body_of(client, "/about/"))
    for name in ("ALX ProDev", "alx-project-nexus", "#ProDevProjectNexus", "MIT"):
        assert name in text


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("former", "current"),
    [
        ("/library/challenges/waiting-concurrently/", "/library/challenges/async-and-threads/"),
        ("/library/concepts/orm-relations/", "/library/concepts/eager-loading/"),
        ("/labs/pagination-depth/", "/labs/keyset-pagination/"),
    ],
)
def test_former_address_leads_to_the_current_one(client: Client, former: str, current: str) -> None:
    answer = client.get(former)
    assert (answer.status_code, answer.headers["Location"]) == (301, current)
    assert client.get(current).status_code == 200


@pytest.mark.parametrize("name", ["README.md", "documentation/origin.md"])
def test_every_link_of_a_document_leads_to_a_file(name: str) -> None:
    file = ROOT / name
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text("utf-8"))
    assert links
    for link in links:
        if "://" not in link and not link.startswith("claim:"):
            assert (file.parent / link).exists(), link
