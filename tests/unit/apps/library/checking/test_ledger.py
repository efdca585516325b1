"""Every row of the ledger has a target that exists, or is open."""

from pathlib import Path

import pytest

from tests.support.library_pages import lines, new_library

HEAD = "# Ledger\n\n| asked | from | stands |\n| --- | --- | --- |\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return new_library(tmp_path)


def put_ledger(library: Path, rows: str) -> None:
    folder = library.parent / "documentation"
    folder.mkdir()
    (folder / "ledger.md").write_text(HEAD + rows, "utf-8")


@pytest.mark.parametrize(
    "cell",
    [
        "open",
        "Open",
        "[page](../library/concepts/good/README.md)",
        "[section](../library/concepts/good/README.md#when-not-to)",
        "[code](../library/concepts/good/code.py#all)",
        "[folder](../library/concepts/)",
        "[here](#ledger)",
        "[there](https://example.org/)",
    ],
)
def test_row_with_target_has_no_fault(library: Path, cell: str) -> None:
    put_ledger(library, f"| a | B | {cell} |\n")
    assert lines(library) == []


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", "the row has no target; link to what answers it, or write open"),
        ("done", "the row has no target; link to what answers it, or write open"),
        ("[x](../library/gone/)", "there is no ../library/gone/; correct the link, or write open"),
        (
            "[x](../library/concepts/good/README.md#gone)",
            "../library/concepts/good/README.md has no section #gone; correct the link",
        ),
        ("[x](#gone)", "documentation/ledger.md has no section #gone; correct the link"),
        ("[x](../library/concepts/good/code.py#gone)", "code.py has no anchor 'gone'"),
        ("[x](../../x)", "../../x is outside the repository; link to something inside it"),
    ],
)
def test_row_without_target_is_found_at_its_line(library: Path, cell: str, expected: str) -> None:
    put_ledger(library, f"| a | B | open |\n| b | C | {cell} |\n")
    (found,) = lines(library)
    assert found.startswith(f"documentation/ledger.md:6: {expected}")


def test_link_in_another_column_is_no_target(library: Path) -> None:
    put_ledger(library, "| [a](../library/) | B | done |\n")
    (found,) = lines(library)
    assert "the row has no target" in found


def test_ledger_is_checked_on_request(library: Path) -> None:
    put_ledger(library, "| a | B | done |\n")
    assert lines(library, library / "concepts") == []
    assert len(lines(library, library.parent / "documentation/ledger.md")) == 1
