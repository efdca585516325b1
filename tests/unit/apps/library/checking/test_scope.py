"""The linter may be pointed at some folders only."""

from pathlib import Path

import pytest

from nexus.apps.library.errors import CheckingError, NoLibraryError
from tests.support.library_pages import FRONT, check, new_library, put_page


@pytest.fixture
def library(tmp_path: Path) -> Path:
    library = new_library(tmp_path)
    put_page(library, FRONT, name="concepts/a")
    put_page(library, FRONT, name="concepts/a_b")
    put_page(library, FRONT, name="challenges/c")
    return library


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("concepts/a", ["a"]),
        ("concepts/a/README.md", ["a"]),
        ("concepts", ["a", "a_b", "a_b"]),
        (".", ["c", "a", "a_b", "a_b"]),
    ],
)
def test_scope_keeps_the_faults_of_its_folders(
    library: Path, path: str, expected: list[str]
) -> None:
    # Each page lacks a section; the last of the concepts has a title twice as well.
    assert expected == [fault.path.split("/")[2] for fault in check(library, library / path)]


def test_relations_go_beyond_the_scope(library: Path) -> None:
    text = FRONT + "## When not to\n\nSee [x](../../challenges/c/README.md).\n"
    folder = put_page(library, text.replace("A page", "B"), name="concepts/b")
    assert check(library, folder) == ()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("library/concepts/gone", "There is no "), (".", "is not in the library")],
)
def test_scope_elsewhere_is_refused(library: Path, path: str, expected: str) -> None:
    with pytest.raises(CheckingError, match=expected):
        check(library, library.parent / path)


def test_missing_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoLibraryError, match=r"There is no library at .*; restore the folder"):
        check(tmp_path / "library")
