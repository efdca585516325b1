"""Search finds sections by their words, corrects typing errors, and says what it corrected."""

from pathlib import Path

import pytest
from django.test import Client

from nexus.apps.library import queries
from nexus.apps.library.models import Search, Section, Word
from nexus.apps.library.search import CANDIDATES, SearchResult, search
from nexus.apps.library.services import load_library
from tests.unit.apps.library.test_reading import write

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

LOCKS = """
Before the first heading.

## What it is

A row lock makes the second writer **wait** until the first has committed.

```python
product = Product.objects.select_for_update().get(pk=1)
```

## How it goes wrong

Two writers may deadlock & both <fail>.
"""


@pytest.fixture(autouse=True)
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    write(folder, LOCKS, name="concepts/row_locks", more="topics: [SQL]\n")
    write(
        folder,
        "## Notes\n\nA list of things about a lock.\n\n[A claim about zebras.](claim:x.zebra)\n",
        name="resources/list",
        more="topics: [reading]\nclaims: [x.zebra]\n",
    )
    load_library(folder)
    return folder


def titles(found: SearchResult) -> list[str]:
    return [hit.title for hit in found.hits]


def test_sections_are_split_at_headings() -> None:
    sections = Section.objects.filter(page__slug="row-locks").values_list("anchor", "title")
    assert list(sections) == [
        ("", ""),
        ("what-it-is", "What it is"),
        ("how-it-goes-wrong", "How it goes wrong"),
    ]


def test_prose_is_kept_apart_from_fenced_code() -> None:
    section = Section.objects.get(anchor="what-it-is")
    assert section.prose == "A row lock makes the second writer wait until the first has committed."
    assert "select_for_update" in section.code


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("deadlocks", "How it goes wrong"),
        ("committed writer", "What it is"),
        ("deadl", "How it goes wrong"),
        ("select_for_update", "What it is"),
        ("select_for_upd", "What it is"),
        ("zebra", "Notes"),
        ("HEADING", ""),
    ],
)
def test_search_finds_section(text: str, title: str) -> None:
    assert titles(search(text)) == [title]


def test_search_marks_words_and_escapes_the_rest() -> None:
    (hit,) = search("deadlock").hits
    assert "<mark>deadlock</mark> &amp; both" in hit.headline
    assert "<fail>" not in hit.headline


def test_search_ranks_titles_and_heavier_pages_first() -> None:
    assert [hit.slug for hit in search("lock").hits][-1] == "list"


@pytest.mark.parametrize(
    ("typed", "meant"), [("dedlock", "deadlock"), ("comitted", "committed"), ("zerba", "zebras")]
)
def test_typing_error_is_corrected_and_reported(typed: str, meant: str) -> None:
    found = search(typed)
    assert found.corrected == meant
    assert len(found.hits) == 1


def test_words_that_never_meet_are_found_one_by_one() -> None:
    found = search("zebra deadlock")
    assert found.loose
    assert set(titles(found)) == {"Notes", "How it goes wrong"}


@pytest.mark.parametrize("text", ["", "   ", "&|!():*'", "\\", "qqqqqqqq"])
def test_search_for_nothing_that_exists_finds_nothing(text: str) -> None:
    assert search(text).hits == ()


def test_search_by_kind_and_topic() -> None:
    assert {hit.kind for hit in search("lock", kind="resources").hits} == {"resources"}
    assert {hit.slug for hit in search("lock", topic="SQL").hits} == {"row-locks"}
    assert search("lock", topic="none").hits == ()


def test_candidates_are_capped() -> None:
    page = queries.get_page("resources", "list")
    Section.objects.bulk_create(
        Section(page=page, position=number, page_title="x", prose="common", weight=1.0)
        for number in range(10, CANDIDATES + 60)
    )
    found = search("common", limit=5)
    assert (found.found, len(found.hits)) == (CANDIDATES, 5)


def test_dictionary_follows_the_library(library: Path) -> None:
    assert search("giraffes").hits == ()
    write(library, "Now about giraffes.\n", name="concepts/new")
    load_library(library)
    assert Word.objects.filter(word="giraffes").exists()
    assert search("gjraffes").corrected == "giraffes"


def test_search_page_links_to_the_section(client: Client) -> None:
    body = client.get("/search?q=deadlock").content.decode()
    assert 'href="/library/concepts/row-locks/#how-it-goes-wrong"' in body


def test_search_page_says_what_it_searched_instead(client: Client) -> None:
    body = client.get("/search?q=dedlock").content.decode()
    assert "Did you mean" in body
    assert "/search?q=deadlock" in body


def test_search_page_without_hits_says_what_to_do(client: Client) -> None:
    body = client.get("/search?q=qqqqqqqq&kind=concepts").content.decode()
    assert "Try fewer or other words" in body
    assert "search everywhere" in body


def test_searches_are_logged_but_not_while_typing(client: Client) -> None:
    client.get("/search?q=dedlock")
    client.get("/search?q=dea", headers={"hx-request": "true"})
    client.get("/search?q=")
    logged = Search.objects.values_list("text", "corrected", "found")
    assert list(logged) == [("dedlock", "deadlock", 1)]


def test_search_keeps_odd_text_as_text(client: Client) -> None:
    body = client.get("/search", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in body


def test_search_with_a_zero_byte_is_answered(client: Client) -> None:
    assert client.get("/search", {"q": "a\x00b"}).status_code == 200
