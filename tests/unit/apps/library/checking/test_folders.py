"""Files where no page is expected are reported, not ignored."""

from pathlib import Path

import pytest

from tests.support.library_pages import BODY, FRONT, lines, new_library, put_page


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("ideas/a/README.md", ["ideas:1: is not a kind of page; the kinds are paths, challenges,"]),
        ("concepts/a/notes.txt", ["a:1: has no README.md, so it is not a page; write it"]),
        ("concepts/a/Readme.md", ["a:1: has no README.md, so it is not a page; rename Readme.md"]),
        ("concepts/notes.md", ["concepts/notes.md:1: is not in a folder of its own; move it to"]),
        (
            "concepts/good/more/README.md",
            ["more/README.md:1: is nested too deeply to be found; a page"],
        ),
    ],
)
def test_misplaced_file_is_found(tmp_path: Path, file: str, expected: list[str]) -> None:
    library = new_library(tmp_path)
    path = library / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FRONT + BODY, "utf-8")
    if file.startswith("concepts/a/"):
        (path.parent / "__init__.py").touch()
    found = lines(library)
    assert len(expected) == len(found)
    assert expected[0] in found[0]


@pytest.mark.parametrize("name", ["my-page", "2_pages", "Page", "class", "a__b"])
def test_name_that_is_no_package_is_found(tmp_path: Path, name: str) -> None:
    library = new_library(tmp_path)
    put_page(library, FRONT + BODY, name=f"concepts/{name}")
    (found,) = lines(library)
    assert found.startswith(f"library/concepts/{name}:1: is not a valid name for a Python package")


@pytest.mark.parametrize("package", ["concepts/good", "concepts"])
def test_folder_that_is_no_package_is_found(tmp_path: Path, package: str) -> None:
    library = new_library(tmp_path)
    (library / package / "__init__.py").unlink()
    (found,) = lines(library)
    assert found.startswith(f"library/{package}:1: has no __init__.py; add one whose docstring")


def test_long_name_is_found(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    put_page(library, FRONT + BODY, name=f"concepts/{'x' * 81}")
    (found,) = lines(library)
    assert "the folder's name has 81 characters; use 80 or fewer" in found


def test_cache_of_a_page_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    library = new_library(tmp_path)
    (library / "concepts/gone/__pycache__").mkdir(parents=True)
    (library / "gone/__pycache__").mkdir(parents=True)
    assert lines(library) == []
