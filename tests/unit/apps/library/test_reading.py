"""Pages are read from files; every fault has a place, a reason and a remedy."""

from pathlib import Path

import pytest

from nexus.apps.library.errors import LibraryError, NoLibraryError
from nexus.apps.library.reading import PageText, read_library, read_page
from nexus.apps.library.reading.front_matter import Reported

FRONT = "---\ntitle: A page\nsummary: What it is about.\n{more}---\n"
SOURCE = """\
# anchor: naive
def total(items):
    return items[0]
# end: naive


# anchor: fix
def total(items):
    return sum(items)
# end: fix

# anchor: open
x = 1
# anchor: hollow
# end: hollow
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    (folder / "concepts").mkdir(parents=True)
    return folder


def write(library: Path, body: str, *, name: str = "concepts/a_page", more: str = "") -> Path:
    folder = library / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(FRONT.format(more=more) + body, "utf-8")
    (folder / "lab.py").write_text(SOURCE, "utf-8")
    return folder


def read(folder: Path) -> PageText:
    return read_page(folder, root=folder.parents[2])


def faults(folder: Path) -> list[str]:
    with pytest.raises(LibraryError) as caught:
        read(folder)
    return [str(fault) for fault in caught.value.faults]


def test_page_identity_comes_from_its_folder(library: Path) -> None:
    page = read(write(library, "Text.\n", name="best_practices/code_review"))
    assert (page.kind, page.slug) == ("best-practices", "code-review")
    assert page.path == "library/best_practices/code_review/README.md"


def test_headings_become_contents_with_ids(library: Path) -> None:
    page = read(write(library, "## What it is\n\nText.\n\n### Detail\n\n## How it goes wrong\n"))
    titles = [entry["title"] for entry in page.contents]
    assert titles == ["What it is", "How it goes wrong"]
    assert f'id="{page.contents[0]["id"]}"' in page.blocks[0]["html"]


def test_claim_paragraph_becomes_block_in_its_place(library: Path) -> None:
    body = "Before.\n\n[Two is *more* than one.](claim:a-page.two)\n\nAfter.\n"
    page = read(write(library, body, more="claims: [a-page.two]\n"))
    assert [block["kind"] for block in page.blocks] == ["html", "claim", "html"]
    assert (page.claims[0].id, page.claims[0].sentence) == ("a-page.two", "Two is more than one.")
    # Three lines of front matter values, two fences, the sentence on the third line of the body.
    assert page.claims[0].line == 8


def test_code_is_taken_by_anchor_without_marks(library: Path) -> None:
    page = read(write(library, "[The naive way](lab.py#naive)\n"))
    (pane,) = page.blocks[0]["panes"]
    assert (pane["caption"], pane["anchor"]) == ("The naive way", "naive")
    assert pane["path"] == "library/concepts/a_page/lab.py"
    assert pane["html"].count('<span class="line') == 2
    assert "anchor" not in pane["html"]


def test_two_snippets_mark_the_lines_that_differ(library: Path) -> None:
    page = read(write(library, "[Naive](lab.py#naive)\n[Fix](lab.py#fix)\n"))
    naive, fix = page.blocks[0]["panes"]
    assert naive["html"].count("line differs") == fix["html"].count("line differs") == 1


def test_code_from_the_root_of_the_repository(library: Path) -> None:
    (library.parent / "models.py").write_text(SOURCE, "utf-8")
    page = read(write(library, "[The sum](/models.py#fix)\n"))
    assert page.blocks[0]["panes"][0]["path"] == "models.py"


def test_lab_paragraph_becomes_block(library: Path) -> None:
    page = read(write(library, "[Run the lab](lab.py)\n"))
    assert page.blocks == ({"kind": "lab"},)


def test_links_inside_prose_stay_prose(library: Path) -> None:
    page = read(write(library, "See [the code](lab.py#naive) for more.\n"))
    assert [block["kind"] for block in page.blocks] == ["html"]


def test_link_to_page_points_to_its_address(library: Path) -> None:
    page = read(write(library, "See [locks](../../concepts/row_locks/README.md#when).\n"))
    assert 'href="/library/concepts/row-locks/#when"' in page.blocks[0]["html"]
    assert page.links == (("concepts/row-locks", 5),)


def test_html_in_a_page_is_shown_not_obeyed(library: Path) -> None:
    page = read(write(library, "A <script>alert(1)</script> tag.\n"))
    assert "<script>" not in page.blocks[0]["html"]


def test_fenced_code_is_highlighted(library: Path) -> None:
    page = read(write(library, "```python\nimport os\n```\n"))
    assert '<span class="kn">import</span>' in page.blocks[0]["html"]


BROKEN = {
    "no front matter": ("Text", ":1: the page has no front matter"),
    "open front matter": ("---\ntitle: A\n", ":1: the front matter is not closed"),
    "not yaml": ("---\ntitle: [\n---\n", ": the front matter is not YAML"),
    "a list": ("---\n- a\n---\n", ":2: the front matter does not consist of `key: value` lines"),
    "unknown key": (FRONT.format(more="results: 3\n"), ":4: unknown key 'results'"),
    "no title": ("---\nsummary: S.\n---\n", ":1: title is missing"),
    "no summary": ("---\ntitle: T\nsummary: ''\n---\n", ":3: summary is missing"),
    "long summary": (f"---\ntitle: T\nsummary: {'x' * 161}\n---\n", ":3: the summary has 161"),
    "topics no list": (FRONT.format(more="topics: a\n"), ":4: topics is not a list"),
    "claim form": (FRONT.format(more="claims: [Two]\n"), ":4: 'Two' in claims has the wrong form"),
    "prerequisite form": (
        FRONT.format(more="prerequisites: [locks]\n"),
        ":4: 'locks' in prerequisites has the wrong form",
    ),
    "title in body": (FRONT.format(more="") + "# A page\n", ":5: the title belongs in the front"),
    "claim not named": (
        FRONT.format(more="") + "[S.](claim:a.b)\n",
        ":5: claim 'a.b' is not in the front matter",
    ),
    "claim not made": (FRONT.format(more="claims: [a.b]\n"), ":4: claim 'a.b' is never made"),
    "claim twice": (
        FRONT.format(more="claims: [a.b]\n") + "[S.](claim:a.b)\n\n[S.](claim:a.b)\n",
        ":6: claim 'a.b' is made twice",
    ),
    "no file": (FRONT.format(more="") + "[C](gone.py#x)\n", ":5: there is no file 'gone.py'"),
    "no anchor": (
        FRONT.format(more="") + "[C](lab.py#gone)\n",
        ":5: lab.py has no anchor 'gone' (it has: naive, fix, open, hollow)",
    ),
    "anchor open": (FRONT.format(more="") + "[C](lab.py#open)\n", ":5: anchor 'open' in lab.py is"),
    "anchor empty": (FRONT.format(more="") + "[C](lab.py#hollow)\n", "'hollow' in lab.py is empty"),
    "outside": (
        FRONT.format(more="") + "[C](../../../../x.py#a)\n",
        ":5: ../../../../x.py is outside",
    ),
    "dead link": (
        FRONT.format(more="") + "See [x](other.md).\n",
        ":5: the link 'other.md' does not lead",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_page_is_refused_with_its_place(library: Path, name: str) -> None:
    text, expected = BROKEN[name]
    folder = write(library, "")
    (folder / "README.md").write_text(text, "utf-8")
    found = faults(folder)
    assert all(fault.startswith("library/concepts/a_page/README.md:") for fault in found)
    assert any(expected in fault for fault in found), found


def test_page_that_is_not_utf8_is_refused(library: Path) -> None:
    folder = write(library, "")
    (folder / "README.md").write_bytes(b"---\ntitle: \xff\n---\n")
    assert "save it as UTF-8" in faults(folder)[0]


def test_all_faults_of_a_page_are_reported_at_once(library: Path) -> None:
    folder = write(library, "# Title\n\n[C](gone.py#x)\n\nSee [x](other.md).\n")
    assert len(faults(folder)) == 3


def test_faults_of_front_matter_and_body_are_reported_together(library: Path) -> None:
    folder = write(library, "# Title\n", more="results: 1\ntopics: a\n")
    assert [fault.partition(": ")[0].rpartition(":")[2] for fault in faults(folder)] == [
        "4",
        "5",
        "7",
    ]


def test_claims_are_not_missed_in_front_matter_that_cannot_be_read(library: Path) -> None:
    folder = write(library, "[S.](claim:a.b)\n", more="claims: [\n")
    (fault,) = faults(folder)
    assert "is not YAML" in fault


def test_values_stay_the_text_that_they_are(library: Path) -> None:
    folder = write(library, "Text.\n")
    (folder / "README.md").write_text("---\ntitle: 404\nsummary: 2026-11-01\n---\n", "utf-8")
    page = read(folder)
    assert (page.front.title, page.front.summary) == ("404", "2026-11-01")


def test_byte_order_mark_is_no_fault(library: Path) -> None:
    folder = write(library, "Text.\n")
    file = folder / "README.md"
    file.write_text("\N{ZERO WIDTH NO-BREAK SPACE}" + file.read_text("utf-8"), "utf-8")
    assert read(folder).front.title == "A page"


def test_missing_library_is_refused_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(NoLibraryError, match="restore the folder"):
        read_library(tmp_path / "library")


def test_read_library_lists_pages_in_order(library: Path) -> None:
    for name in ("resources/b", "challenges/z", "concepts/c", "concepts/a"):
        write(library, "Text.\n", name=name)
    keys = [page.key for page in read_library(library)]
    assert keys == ["challenges/z", "concepts/a", "concepts/c", "resources/b"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("prerequisites: [concepts/gone]\n", "", "there is no page 'concepts/gone'"),
        ("prerequisites: [concepts/b]\n", "prerequisites: [concepts/a]\n", "own prerequisites"),
    ],
)
def test_broken_relations_are_refused(
    library: Path, first: str, second: str, expected: str
) -> None:
    write(library, "Text.\n", name="concepts/a", more=first)
    write(library, "Text.\n", name="concepts/b", more=second)
    with pytest.raises(LibraryError, match=expected):
        read_library(library)


def test_claim_made_on_two_pages_is_refused(library: Path) -> None:
    for name in ("concepts/a", "concepts/b"):
        write(library, "[S.](claim:a.b)\n", name=name, more="claims: [a.b]\n")
    with pytest.raises(LibraryError, match=r"is made in library/concepts/a/README\.md as well"):
        read_library(library)


def test_link_to_missing_page_is_refused(library: Path) -> None:
    write(library, "See [x](../../concepts/gone/README.md).\n")
    with pytest.raises(LibraryError, match="there is no page 'concepts/gone'"):
        read_library(library)


REPORTED = """claims: [a-page.one]
reported:
  number: 3
  problem: Queries for every row
  solution: eager loading
  result: fewer queries
  sources: AE
  claim: a-page.one
"""
CLAIM = "[One.](claim:a-page.one)\n"


def test_reported_is_read_with_its_number(library: Path) -> None:
    page = read(write(library, CLAIM, name="challenges/a_page", more=REPORTED))
    assert page.front.reported == Reported(
        number=3,
        problem="Queries for every row",
        solution="eager loading",
        result="fewer queries",
        sources="AE",
        claim="a-page.one",
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("number: 3", "number: three", "the number in reported is not a number from 1 to 999"),
        ("number: 3", "number: ٣", "the number in reported is not a number from 1 to 999"),
        ("sources: AE", "sources: a", "the sources in reported are not letters"),
        ("  claim: a-page.one", "  claim: other.one", "is not one of the page's claims"),
        ("  solution: eager loading\n", "", "reported has no solution"),
        ("result: fewer", "outcome: fewer", "unknown key 'outcome' in reported"),
        ("problem: Queries", f"problem: {'x' * 120}", "the problem in reported is too long"),
    ],
)
def test_reported_at_fault_is_refused(library: Path, old: str, new: str, sentence: str) -> None:
    folder = write(library, CLAIM, name="challenges/a_page", more=REPORTED.replace(old, new))
    (fault,) = faults(folder)
    assert fault.startswith("library/challenges/a_page/README.md:5: ")
    assert sentence in fault


def test_two_challenges_of_one_number_are_refused(library: Path) -> None:
    write(library, CLAIM, name="challenges/a_page", more=REPORTED)
    other = REPORTED.replace("a-page.one", "b-page.one")
    write(library, CLAIM.replace("a-page", "b-page"), name="challenges/b_page", more=other)
    with pytest.raises(LibraryError, match="is number 3 as well; give it another"):
        read_library(library)


def test_report_of_another_kind_of_page_is_refused(library: Path) -> None:
    write(library, CLAIM, more=REPORTED)
    with pytest.raises(LibraryError, match="only a challenge has `reported`"):
        read_library(library)


def test_former_name_of_a_page_that_exists_is_refused(library: Path) -> None:
    write(library, "Text.\n", more="formerly: [concepts/b-page]\n")
    write(library, "Text.\n", name="concepts/b_page")
    with pytest.raises(LibraryError, match="there is a page 'concepts/b-page' now"):
        read_library(library)


def test_former_name_of_two_pages_is_refused(library: Path) -> None:
    for name in ("concepts/a_page", "concepts/b_page"):
        write(library, "Text.\n", name=name, more="formerly: [concepts/old]\n")
    with pytest.raises(LibraryError, match="was called 'concepts/old' as well"):
        read_library(library)
