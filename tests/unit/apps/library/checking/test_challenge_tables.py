"""The tables of challenges come from the pages."""

from pathlib import Path

import pytest

from nexus.apps.library.checking.challenge_tables import BEGIN, END, table_faults, write_tables
from nexus.apps.library.reading import PageText, read_library

SECOND = "library/challenges/second"
PAGE = """---
title: {title}
summary: S.
claims: [{slug}.one]
reported:
  number: {number}
  problem: A problem
  solution: a `remedy`
  sources: AC
  claim: {slug}.one
---
[One.](claim:{slug}.one)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number, slug in ((2, "first"), (1, "second")):
        folder = tmp_path / "library" / "challenges" / slug
        folder.mkdir(parents=True)
        (folder / "README.md").write_text(
            PAGE.format(title=slug.title(), slug=slug, number=number), "utf-8"
        )
    (folder / "lab.py").write_text("", "utf-8")
    (tmp_path / "README.md").write_text(f"Before.\n\n{BEGIN}\n{END}\n\nAfter.\n", "utf-8")
    return tmp_path


def pages(root: Path) -> list[PageText]:
    return read_library(root / "library")


def test_table_that_differs_is_found_and_written(root: Path) -> None:
    (fault,) = table_faults(root, pages(root))
    assert str(fault).startswith("README.md:3: the table of challenges differs from the pages")
    assert write_tables(root, pages(root)) == ["README.md"]
    text = (root / "README.md").read_text("utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("\nAfter.\n")
    assert [line for line in text.splitlines() if line.startswith("| ")][1:] == [
        "| --- | --- | --- | --- |",
        f"| 1. [Second]({SECOND}/README.md) | a `remedy` | none | [lab]({SECOND}/lab.py) |",
        "| 2. [First](library/challenges/first/README.md) | a `remedy` | none | reported |",
    ]
    assert list(table_faults(root, pages(root))) == []
    assert write_tables(root, pages(root)) == []


def test_file_without_marks_is_found(root: Path) -> None:
    (root / "README.md").write_text("No table.\n", "utf-8")
    (fault,) = table_faults(root, pages(root))
    assert "the table of challenges has no markers" in fault.sentence


def test_installation_without_the_documents_has_no_fault(root: Path) -> None:
    (root / "README.md").unlink()
    assert list(table_faults(root, pages(root))) == []
