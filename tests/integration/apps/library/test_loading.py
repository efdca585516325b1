"""After loading, the database contains exactly what the files say."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction

from nexus.apps.library import queries
from nexus.apps.library.errors import LibraryError, PageNotFoundError
from nexus.apps.library.models import Claim, Page, Word
from nexus.apps.library.reading import LibraryReader
from nexus.apps.library.services import load_library
from tests.support.waiting import await_blocked
from tests.unit.apps.library.test_reading import write

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    write(folder, "Text.\n", name="concepts/a")
    write(
        folder,
        "[S.](claim:b.one)\n",
        name="challenges/b",
        more="prerequisites: [concepts/a]\nclaims: [b.one]\n",
    )
    return folder


def test_load_stores_pages_claims_and_relations(library: Path) -> None:
    assert load_library(library) == 2
    page = queries.get_page("challenges", "b")
    assert [claim.sentence for claim in page.claims.all()] == ["S."]
    assert [other.key for other in page.prerequisites.all()] == ["concepts/a"]
    assert [other.key for other in queries.get_page("concepts", "a").used_in.all()] == [page.key]


def test_load_again_changes_nothing(library: Path) -> None:
    load_library(library)
    before = list(Page.objects.values())
    assert load_library(library) == 0
    assert before == list(Page.objects.values())


def test_load_changed_page_changes_one(library: Path) -> None:
    load_library(library)
    write(library, "Other text.\n", name="concepts/a")
    assert load_library(library) == 1
    assert "Other text" in queries.get_page("concepts", "a").blocks[0]["html"]


def test_load_sees_a_change_in_included_code(library: Path) -> None:
    folder = write(library, "[C](lab.py#fix)\n", name="concepts/a")
    load_library(library)
    lab = folder / "lab.py"
    lab.write_text(lab.read_text().replace("sum(items)", "len(items)"), "utf-8")
    assert load_library(library) == 1


def test_load_removes_page_whose_file_is_gone(library: Path) -> None:
    load_library(library)
    (library / "challenges/b/README.md").unlink()
    assert load_library(library) == 1
    assert not Claim.objects.exists()
    with pytest.raises(PageNotFoundError):
        queries.get_page("challenges", "b")


@pytest.mark.parametrize("other", ["challenges/a", "concepts/z"])
def test_claim_moves_to_another_page(library: Path, other: str) -> None:
    load_library(library)
    write(library, "No claim.\n", name="challenges/b")
    write(library, "[S.](claim:b.one)\n", name=other, more="claims: [b.one]\n")
    load_library(library)
    assert other == queries.list_claims()["b.one"].page.key


def test_faulty_library_changes_nothing(library: Path) -> None:
    load_library(library)
    before = list(Page.objects.values())
    write(library, "# Title\n", name="concepts/a")
    write(library, "Other.\n", name="challenges/b")
    with pytest.raises(LibraryError):
        load_library(library)
    assert before == list(Page.objects.values())


def test_shelves_in_the_order_of_kinds(library: Path) -> None:
    load_library(library)
    shelves = [(shelf.label, len(shelf.pages)) for shelf in queries.list_shelves()]
    assert shelves == [("Challenges", 1), ("Concepts", 1)]


def test_own_library_is_without_faults() -> None:
    assert load_library() > 0


def test_reader_reads_a_page_again_when_one_of_its_files_changed(library: Path) -> None:
    folder = write(library, "[C](lab.py#fix)\n", name="concepts/a")
    reader = LibraryReader(library)
    assert load_library(reader) == 2
    assert load_library(reader) == 0
    lab = folder / "lab.py"
    lab.write_text(lab.read_text().replace("sum(items)", "len(items)"), "utf-8")
    assert load_library(reader) == 1
    (folder / "README.md").unlink()
    with pytest.raises(LibraryError, match="there is no page 'concepts/a'"):
        load_library(reader)


def test_dictionary_counts_the_sections_of_each_word(library: Path) -> None:
    load_library(library)
    counted = dict(Word.objects.values_list("word", "sections"))
    for text in ("Other text about zebras.\n", "## One\n\nzebras\n\n## Two\n\nzebras\n", "Text.\n"):
        write(library, text, name="concepts/a")
        load_library(library)
        assert Word.objects.filter(word="zebras").count() == ("zebras" in text)
    assert counted == dict(Word.objects.values_list("word", "sections"))


def test_order_follows_a_page_that_comes_between(library: Path) -> None:
    load_library(library)
    write(library, "New.\n", name="challenges/a")
    assert load_library(library) == 1
    assert [page.slug for page in Page.objects.all()] == ["a", "b", "a"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_loaders_of_a_new_library_wait_for_each_other(library: Path) -> None:
    load_library(library)
    counted = dict(Word.objects.values_list("word", "sections"))
    Page.objects.all().delete()
    Word.objects.all().delete()

    def load_in_thread() -> int:
        try:
            return load_library(library)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert load_library(library) == 2
            second = pool.submit(load_in_thread)
            await_blocked(second)
        assert second.result() == 0
    assert dict(Word.objects.values_list("word", "sections")) == counted
