"""New pages and labs have no faults, and nothing is overwritten."""

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

from nexus.apps.labs.checking import lab_faults
from nexus.apps.labs.registry import RegisteredLab
from nexus.apps.library.errors import (
    BadNameError,
    FileExistsAlreadyError,
    LibraryError,
    NoLibraryError,
    NotWritableError,
)
from nexus.apps.library.reading import KINDS, read_library
from nexus.apps.library.scaffold import start_lab, start_page
from nexus.engines.experiment import Lab
from tests.support.library_pages import BODY, FRONT, lines, new_library, put_page


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return new_library(tmp_path)


def load(file: Path) -> Lab:
    """Import a lab's file under a new name."""
    spec = importlib.util.spec_from_file_location("a_started_lab", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lab = module.lab
    assert isinstance(lab, Lab)
    return lab


def faults_with_lab(library: Path, folder: str) -> list[str]:
    """Return the faults of the library and of the lab in one of its folders."""
    lab = load(library / folder / "lab.py")
    lab.check()
    key = folder.replace("_", "-")
    registered = RegisteredLab("a-lab", key, f"library.{folder.replace('/', '.')}.lab", lab)
    pages = {page.key: page for page in read_library(library)}
    return [*lines(library), *map(str, lab_faults(registered, pages))]


@pytest.mark.parametrize("kind", KINDS)
def test_new_page_of_any_kind_has_no_faults(library: Path, kind: str) -> None:
    files = start_page(library, kind, "row-locks")
    assert files[-1] == library / kind.replace("-", "_") / "row_locks" / "README.md"
    assert all(file.is_file() for file in files)
    assert lines(library) == []
    assert f"{kind}/row-locks" in [page.key for page in read_library(library)]
    assert ast.get_docstring(ast.parse((files[-1].parent / "__init__.py").read_text("utf-8")))


def test_page_is_not_written_over(library: Path) -> None:
    page = library / "concepts/good/README.md"
    before = page.read_text("utf-8")
    with pytest.raises(FileExistsAlreadyError, match=r"README\.md already exists; edit it"):
        start_page(library, "concepts", "good")
    assert before == page.read_text("utf-8")


@pytest.mark.parametrize(
    ("kind", "slug", "expected"),
    [
        ("ideas", "a", "There is no kind of page called 'ideas'; the kinds are paths,"),
        (
            "concepts",
            "Row Locks",
            "'Row Locks' cannot be the name of a page; use lowercase letters",
        ),
        ("concepts", "../x", "cannot be the name of a page; use lowercase letters"),
        ("concepts", "2-pages", "cannot be the name of a page; use lowercase letters"),
        ("concepts", "a--b", "cannot be the name of a page; use lowercase letters"),
        ("concepts", "class", "'class' is a Python keyword; use two words"),
        ("concepts", "x" * 81, "The name has 81 characters; use 80 or fewer"),
    ],
)
def test_bad_name_is_refused(library: Path, kind: str, slug: str, expected: str) -> None:
    before = sorted(library.rglob("*"))
    with pytest.raises(BadNameError) as caught:
        start_page(library, kind, slug)
    assert expected in caught.value.message
    assert before == sorted(library.rglob("*"))


def test_page_without_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoLibraryError, match="restore the folder"):
        start_page(tmp_path / "library", "concepts", "a")


def test_folder_that_cannot_be_created_is_reported(library: Path) -> None:
    (library / "challenges").touch()
    with pytest.raises(NotWritableError, match="cannot be written"):
        start_page(library, "challenges", "a")


def test_lab_without_page_makes_a_challenge(library: Path) -> None:
    files = start_lab(library, "row-locks")
    names = [file.relative_to(library).as_posix() for file in files]
    assert names == [
        "challenges/__init__.py",
        "challenges/row_locks/__init__.py",
        "challenges/row_locks/README.md",
        "challenges/row_locks/lab.py",
    ]
    assert faults_with_lab(library, "challenges/row_locks") == []


def test_lab_next_to_a_page_adds_what_the_page_lacks(library: Path) -> None:
    start_lab(library, "good")
    assert faults_with_lab(library, "concepts/good") == []
    (page,) = read_library(library)
    kinds = [block["kind"] for block in page.blocks]
    assert kinds == ["html", "code", "html", "claim", "html", "lab"]


def test_lab_stands_before_what_to_check(library: Path) -> None:
    start_page(library, "concepts", "row-locks")
    start_lab(library, "row-locks")
    assert faults_with_lab(library, "concepts/row_locks") == []
    titles = [entry["title"] for entry in read_library(library)[1].contents]
    assert titles.index("Run it") + 1 == titles.index("What to check in your project")


def test_lab_expects_the_claims_that_are_made_already(library: Path) -> None:
    told = "\nSo it is told.\n\n[S.](claim:told.one)\n\n[T.](claim:told.two)\n"
    front = FRONT.replace("summary", "claims: [told.one, told.two]\nsummary")
    folder = put_page(library, front + BODY + told, name="challenges/told")
    start_lab(library, "told")
    assert faults_with_lab(library, "challenges/told") == []
    claims = [expectation.claim for expectation in load(folder / "lab.py").expectations]
    assert claims == ["told.one", "told.two"]


def test_empty_list_of_claims_is_filled(library: Path) -> None:
    front = FRONT.replace("summary", "claims: []\nsummary")
    put_page(library, front + BODY, name="challenges/told")
    start_lab(library, "told")
    assert faults_with_lab(library, "challenges/told") == []


def test_lab_is_not_written_over(library: Path) -> None:
    (library / "concepts/good/lab.py").write_text("mine", "utf-8")
    before = (library / "concepts/good/README.md").read_text("utf-8")
    with pytest.raises(FileExistsAlreadyError, match=r"lab\.py already exists"):
        start_lab(library, "good")
    assert before == (library / "concepts/good/README.md").read_text("utf-8")


def test_lab_of_two_pages_is_refused(library: Path) -> None:
    put_page(library, FRONT + BODY, name="challenges/good")
    with pytest.raises(BadNameError, match="There are 2 pages called 'good'"):
        start_lab(library, "good")


def test_lab_next_to_a_faulty_page_is_refused(library: Path) -> None:
    folder = put_page(library, "Text.\n")
    with pytest.raises(LibraryError, match="no front matter"):
        start_lab(library, "a-page")
    assert not (folder / "lab.py").exists()


def test_new_lab_gives_one_answer_in_all_variants(library: Path) -> None:
    start_lab(library, "row-locks")
    lab = load(library / "challenges/row_locks/lab.py")
    # Every second of the numbers below 300 and 1,000 is even.
    for case, expected in zip(lab.case_list, (150, 500), strict=True):
        assert {expected} == {variant.function(**case) for variant in lab.variants.values()}
    assert "a_started_lab" not in sys.modules
