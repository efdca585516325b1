"""The folder of the sockets: a short path, private, and our own."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexus.runtime.embedded import EmbeddedError
from nexus.runtime.embedded.socket_folder import (
    MAX_SOCKET_PATH_BYTES,
    SUPERVISOR_SOCKET_NAME,
    _fits,
    folder_name,
    is_ours,
    remove_socket_folder,
    socket_folder,
)

_HOME = Path("/somewhere/home")


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder with a short name: pytest's own may leave no room for a socket."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_folder_name_differs_by_home_and_by_user() -> None:
    names = {folder_name(Path(home), uid) for home in ("/a", "/b") for uid in (0, 1)}
    assert len(names) == 4


def test_folder_name_does_not_grow_with_the_home() -> None:
    assert len(folder_name(Path("/a"), 0)) == len(folder_name(Path("/" + "a" * 200), 0))


def test_folder_is_made_private_and_removed_with_its_sockets(base: Path) -> None:
    with socket_folder(_HOME, [base]) as folder:
        (folder / "some.sock").touch()
        assert is_ours(folder)
    assert list(base.iterdir()) == []


def test_folder_that_is_gone_is_removed_without_complaint(base: Path) -> None:
    remove_socket_folder(base / "none")
    assert not (base / "none").exists()


def test_folder_of_a_killed_predecessor_is_emptied(base: Path) -> None:
    folder = base / folder_name(_HOME, os.geteuid())
    folder.mkdir(mode=0o700)
    (folder / "left.sock").touch()
    with socket_folder(_HOME, [base]) as claimed:
        assert folder == claimed
        assert list(folder.iterdir()) == []


def test_folder_that_another_supervisor_has_is_left_to_it(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus.runtime.embedded.socket_folder._CLAIM_TIMEOUT_S", 0.05)
    with socket_folder(_HOME, [base]) as folder:
        (folder / "its.sock").touch()
        with (
            pytest.raises(EmbeddedError, match="end the Nexus processes"),
            socket_folder(_HOME, [base]),
        ):
            pass
        assert (folder / "its.sock").exists()


def test_folder_that_would_make_the_path_too_long_goes_to_the_next_base(
    base: Path, tmp_path: Path
) -> None:
    long = tmp_path / ("x" * MAX_SOCKET_PATH_BYTES)
    long.mkdir(mode=0o700)
    with socket_folder(_HOME, [long, base]) as folder:
        assert base == folder.parent


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (-1, False)])
def test_folder_fits_when_the_longest_socket_path_does(spare: int, *, fits: bool) -> None:
    length = MAX_SOCKET_PATH_BYTES - spare - len(f"/{SUPERVISOR_SOCKET_NAME}")
    # Two bytes a letter: the limit is in bytes.
    letters = "\u00e9" * ((length - 1) // 2)
    folder = Path("/" + letters.ljust(length - 1 - len(letters), "x"))
    assert length == len(os.fsencode(folder))
    assert fits == _fits(folder)


@pytest.mark.parametrize("kind", ["link", "file", "open"])
def test_folder_that_another_may_have_laid_there_is_not_used(
    base: Path, tmp_path: Path, kind: str
) -> None:
    trap = base / folder_name(_HOME, os.geteuid())
    if kind == "link":
        target = tmp_path / "target"
        target.mkdir(mode=0o700)
        trap.symlink_to(target)
    elif kind == "file":
        trap.touch(mode=0o700)
    else:
        trap.mkdir(mode=0o700)
        trap.chmod(0o777)
    with pytest.raises(EmbeddedError, match="set TMPDIR"), socket_folder(_HOME, [base]):
        pass


def test_folder_in_a_base_where_others_may_rename_it_is_not_used(base: Path) -> None:
    base.chmod(0o777)
    with pytest.raises(EmbeddedError, match="set TMPDIR"), socket_folder(_HOME, [base]):
        pass
    base.chmod(0o1777)
    with socket_folder(_HOME, [base]) as folder:
        assert base == folder.parent


def test_folder_of_another_user_is_not_ours(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket_folder(_HOME, [base]) as folder, monkeypatch.context() as as_another:
        as_another.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
        assert not is_ours(folder)
