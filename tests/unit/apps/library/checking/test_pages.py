"""Every kind of broken page is found, at its line, with what to do about it."""

from pathlib import Path

import pytest

from tests.support.library_pages import BODY, FRONT, check, new_library, put_page

# The fault must name the line with this mark.
HERE = "§"


def front(more: str) -> str:
    return FRONT.removesuffix("---\n") + more + "---\n"


def body(more: str) -> str:
    return FRONT + BODY + "\n" + more + "\n"


BROKEN = {
    # Faults that the loader refuses too.
    "no front matter": (f"{HERE}{BODY}", "begin it with a line `---`"),
    "open front matter": (f"{HERE}---\ntitle: A\n", "is not closed; end it"),
    "not yaml": (f"---\ntitle: A\nsummary: [{HERE}\n---\n{BODY}", "is not YAML"),
    "no key and value": (f"---\n{HERE}- a\n---\n{BODY}", "write it that way"),
    "unknown key": (front(f"results: 3{HERE}\n") + BODY, "unknown key 'results'; the keys are"),
    "key twice": (front(f"title: B{HERE}\n") + BODY, "title appears 2 times; write it once"),
    "no title": (f"---{HERE}\nsummary: S.\n---\n{BODY}", "title is missing; add a line"),
    "no summary": (f"---\ntitle: T\nsummary:{HERE}\n---\n{BODY}", "summary is missing; add a line"),
    "long title": (
        f"---\ntitle: {'x' * 101}{HERE}\nsummary: S.\n---\n{BODY}",
        "the title has 101 characters; use 100 or fewer",
    ),
    "long summary": (
        f"---\ntitle: T\nsummary: {'x' * 161}{HERE}\n---\n{BODY}",
        "the summary has 161 characters; use 160 or fewer",
    ),
    "topics no list": (
        front(f"topics: a{HERE}\n") + BODY,
        "topics is not a list of strings; write",
    ),
    "long topic": (front(f"topics: [{'x' * 61}]{HERE}\n") + BODY, "has 61 characters; use 60"),
    "prerequisite twice": (
        front(f"prerequisites: [concepts/good, concepts/good]{HERE}\n") + BODY,
        "'concepts/good' appears 2 times in prerequisites; list it once",
    ),
    "prerequisite form": (
        front(f"prerequisites: [good]{HERE}\n") + BODY,
        "'good' in prerequisites has the wrong form; write it like concepts/transactions",
    ),
    "prerequisite missing": (
        front(f"prerequisites: [concepts/gone]{HERE}\n") + BODY,
        "there is no page 'concepts/gone'; write it or remove the link",
    ),
    "prerequisite itself": (
        front(f"prerequisites: [concepts/a-page]{HERE}\n") + BODY,
        "this page is among its own prerequisites; break the cycle",
    ),
    "claim form": (front(f"claims: [-a.b]{HERE}\n") + BODY, "'-a.b' in claims has the wrong form"),
    "claim not made": (front(f"claims: [a.b]{HERE}\n") + BODY, "claim 'a.b' is never made; write"),
    "claim not named": (
        front("topics: []\n") + BODY + f"\n[S.](claim:a.b){HERE}\n",
        "claim 'a.b' is not in the front matter; add it",
    ),
    "claim without words": (
        front("claims: [a.b]\n") + BODY + f"\n[](claim:a.b){HERE}\n",
        "the link to 'claim:a.b' has no text; write it into its brackets",
    ),
    "title in body": (FRONT + f"# A page{HERE}\n\n{BODY}", "begin with `##`"),
    "no lab": (body(f"[Run the lab](lab.py){HERE}"), "there is no lab.py next to this page; write"),
    "no file": (body(f"[C](gone.py#all){HERE}"), "there is no file 'gone.py'; check"),
    "no anchor": (body(f"[C](code.py#gone){HERE}"), "has no anchor 'gone' (it has: all); put"),
    "code outside": (body(f"[C](../../../../x.py#all){HERE}"), "is outside the repository; link"),
    "dead link": (
        body(f"See [x](other.md).{HERE}"),
        "the link 'other.md' does not lead to a page of Nexus",
    ),
    "dead link to page": (
        body(f"See [x](../../concepts/gone/README.md).{HERE}"),
        "there is no page 'concepts/gone'; write it or remove the link",
    ),
    # Faults that only the linter reports.
    "dead link to section": (
        body(f"Above.\nSee [x](../../concepts/good/README.md#gone).{HERE}"),
        "has no section #gone (it has: what-it-is, when-not-to); link to one of them",
    ),
    "dead link to own section": (body(f"See [x](#gone).{HERE}"), "has no section #gone (it has: "),
    "code within a sentence": (
        body(f"See [x](code.py#all).{HERE}"),
        "the link to 'code.py#all' is not shown within other text; put it in a paragraph",
    ),
    "code in a list": (body(f"- [x](code.py#all){HERE}"), "is not shown within other text; put"),
    "claim within a sentence": (
        body(f"See [x](claim:a.b).{HERE}"),
        "claim:a.b is within other text; put it in a paragraph of its own",
    ),
    "link without target": (body(f"See [x]().{HERE}"), "the link has no target; write the address"),
    "link without text": (body(f"See [](https://example.org).{HERE}"), "has no text; write it"),
    "link without host": (body(f"See [x](https:///a).{HERE}"), "has no host; write the full"),
    "picture": (
        body(f"![A curve](curve.png){HERE}"),
        "the picture 'curve.png' is not shown; describe",
    ),
    "no when not to": (
        f"---{HERE}\ntitle: T\nsummary: S.\n---\n## What it is\n\nText.\n",
        "the page has no section `## When not to`; say when its advice does not apply",
    ),
    "empty section": (
        body(f"## How it goes wrong{HERE}\n\n## Further reading\n\nText."),
        "the section 'How it goes wrong' is empty; write it or remove the heading",
    ),
    "empty last section": (body(f"## Further reading{HERE}"), "the section 'Further reading' is"),
    "bare figure": (
        body(f"Measure first.\nCaching makes this 12× faster.{HERE}"),
        "'12×' has no source; make it part of a claim, say who reports it, or link a",
    ),
    "bare figure in a list": (body(f"- The page takes 180 ms.{HERE}"), "'180 ms' has no source"),
    "bare figure in a table": (
        body(f"| way | time |\n| --- | --- |\n| naive | 180 ms |{HERE}"),
        "'180 ms' has no source",
    ),
    "bare figure in the summary": (
        f"---\ntitle: T\nsummary: A cache makes it 12× faster.{HERE}\n---\n{BODY}",
        "'12×' has no source",
    ),
    "snippet without sense": (
        body(f"```python\nx = 1\ndef f(:{HERE}\n```"),
        "the snippet is not valid Python: ",
    ),
    "snippet with a warning": (
        body(f"```python\nx = '\\d'{HERE}\n```"),
        "the snippet is not valid Python: invalid escape sequence",
    ),
    "fence under another name": (
        body(f"```py{HERE}\nx = 1\n```"),
        "the fence is marked 'py'; write `python`, or `python run`, or `text`",
    ),
    "fence that asks for mercy": (
        body(f"```python no-check{HERE}\nx = 1\n```"),
        "the fence is marked 'python no-check'; write `python`",
    ),
    "fence without a language": (body(f"```{HERE}\nx = 1\n```"), "names no language; mark it"),
    "code by indentation": (
        body(f"    x = 1{HERE}"),
        "this code is marked by indentation; use a fence",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_page_is_found_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Types are tested separately, because mypy takes seconds.
    monkeypatch.setattr("nexus.apps.library.checking.library.find_spec", lambda _: None)
    text, expected = BROKEN[name]
    library = new_library(tmp_path)
    line = 1 + text[: text.index(HERE)].count("\n")
    put_page(library, text.replace(HERE, ""))
    faults = check(library)
    assert {"library/concepts/a_page/README.md"} == {fault.path for fault in faults}
    assert any(line == fault.line and expected in fault.sentence for fault in faults), faults


def test_good_page_has_no_faults(tmp_path: Path) -> None:
    assert check(new_library(tmp_path)) == ()


def test_page_that_is_not_utf8_is_found(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    (library / "concepts/good/README.md").write_bytes(b"---\ntitle: \xff\n---\n")
    assert [fault.sentence for fault in check(library)] == ["is not UTF-8; save it as UTF-8"]


def test_links_to_sections_that_are_there_are_no_faults(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    put_page(library, body("[a](#what-it-is) [b](../../concepts/good/README.md#when-not-to)."))
    assert check(library) == ()


def test_no_fault_hides_another(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    put_page(library, "---\nresults: 1\ntopics: a\n---\n# A\n\nSee [x](#gone), 12 ms.\n")
    put_page(library, f"{FRONT}See [x](../../concepts/gone/README.md).\n", name="concepts/b")
    found = [(fault.path.split("/")[2], fault.line) for fault in check(library)]
    # Keys, title, summary, "When not to"; topics; the title in the body; link and figure.
    expected = [("a_page", n) for n in (1, 1, 1, 2, 3, 5, 7, 7)] + [("b", 1), ("b", 5)]
    assert expected == found


def test_two_pages_of_a_kind_with_one_title_are_found(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    put_page(library, FRONT.replace("A page", "a good PAGE") + BODY, name="concepts/other")
    put_page(library, FRONT.replace("A page", "A good page") + BODY, name="challenges/other")
    (fault,) = check(library)
    assert fault.path == "library/concepts/other/README.md"
    assert fault.line == 2
    assert fault.sentence.startswith("library/concepts/good/README.md has this title as well; give")


def test_circle_over_two_pages_is_found_in_both(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    for name, other in (("a", "b"), ("b", "a")):
        text = front(f"prerequisites: [concepts/{other}]\n").replace("A page", name) + BODY
        put_page(library, text, name=f"concepts/{name}")
    paths = [fault.path for fault in check(library)]
    assert paths == ["library/concepts/a/README.md", "library/concepts/b/README.md"]


def test_relations_are_checked_although_another_page_cannot_be_read(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    put_page(library, "---\n", name="concepts/b")
    put_page(library, front("prerequisites: [concepts/b, concepts/gone]\n") + BODY)
    first = check(library)[0]
    assert (first.path, first.line) == ("library/concepts/a_page/README.md", 4)
    assert "there is no page 'concepts/gone'" in first.sentence
