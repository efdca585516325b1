"""While Nexus serves, edited pages are loaded; one with a fault is reported and not loaded."""

from pathlib import Path

import pytest
from pytest_django import Settings

from nexus.apps.library.models import Page
from nexus.apps.library.services import load_library
from nexus.cli import watching
from tests.support.waiting import until
from tests.unit.apps.library.test_reading import write

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def library(tmp_path: Path, settings: Settings) -> Path:
    folder = tmp_path / "library"
    (tmp_path / "nexus").mkdir()
    write(folder, "First.\n", name="concepts/a")
    settings.LIBRARY_DIR = folder
    settings.BASE_DIR = tmp_path
    load_library()
    return folder


def shown() -> str:
    return str(Page.objects.get(slug="a").blocks)


def test_edited_page_is_loaded(library: Path) -> None:
    with watching.library_watched():
        write(library, "Second.\n", name="concepts/a")
        assert until(lambda: "Second" in shown())


def test_faulty_page_is_told_and_changes_nothing(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("nexus.cli.watching.note.print", lambda text, **_: told.append(text))
    with watching.library_watched():
        write(library, "# A title\n", name="concepts/a")
        assert until(lambda: bool(told))
        assert "README.md:5: the title belongs in the front matter" in told[0]
        assert "First" in shown()
        write(library, "Third.\n", name="concepts/a")
        assert until(lambda: "Third" in shown())


def test_edited_code_is_loaded(library: Path) -> None:
    code = library.parent / "nexus/code.py"
    code.write_text("# anchor: x\nfirst = 1\n# end: x\n")
    write(library, "[C](/nexus/code.py#x)\n", name="concepts/a")
    load_library()
    with watching.library_watched():
        code.write_text("# anchor: x\nsecond = 2\n# end: x\n")
        assert until(lambda: "second" in shown())
