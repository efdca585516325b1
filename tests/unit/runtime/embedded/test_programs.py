"""PostgreSQL's programs are copied to a folder in which every user can run them."""

from pathlib import Path

import pytest

from nexus.runtime.embedded import EmbeddedError
from nexus.runtime.embedded.programs import reachable_copy, reachable_for_all


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    folder = tmp_path / "packages" / "server" / "install"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/postgres").write_text("program")
    (folder / "bin/postgres").chmod(0o755)
    libraries = tmp_path / "packages/server.libs"
    libraries.mkdir()
    (libraries / "libx.so").write_text("library")
    return folder


def test_program_under_a_closed_folder_is_out_of_reach(installation: Path) -> None:
    assert reachable_for_all(Path("/bin/sh"))
    installation.chmod(0o700)
    assert not reachable_for_all(installation / "bin/postgres")


def test_copy_is_readable_and_has_its_libraries(installation: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    copy = reachable_copy(installation, base)
    assert (copy / "bin/postgres").read_text() == "program"
    assert (copy.parent.parent / "server.libs/libx.so").read_text() == "library"
    assert {path.stat().st_mode & 0o777 for path in (copy, *copy.parents[:2])} == {0o755}


def test_copy_is_made_once(installation: Path, tmp_path: Path) -> None:
    first = reachable_copy(installation, tmp_path)
    (first / "mark").touch()
    assert first == reachable_copy(installation, tmp_path)
    assert (first / "mark").exists()


def test_place_that_is_no_folder_is_refused(installation: Path, tmp_path: Path) -> None:
    copy = reachable_copy(installation, tmp_path).parents[1]
    moved = copy.rename(tmp_path / "moved")
    copy.symlink_to(moved)
    with pytest.raises(EmbeddedError, match="delete it and start again"):
        reachable_copy(installation, tmp_path)
