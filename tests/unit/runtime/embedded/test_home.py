"""The home: its place, what makes it unusable, and its permissions."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

import pytest

from nexus.runtime.embedded import EmbeddedError, Home, default_home, free_bytes
from nexus.runtime.embedded.home import require_free_space


class _Usage(NamedTuple):
    free: int


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_default_home_is_the_one_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEXUS_HOME", str(tmp_path))
    assert tmp_path == default_home()


def test_default_home_lies_in_the_users_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NEXUS_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home().is_relative_to(tmp_path)
    assert default_home().name == "nexus"


def test_default_home_of_a_user_without_a_home_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NEXUS_HOME", raising=False)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: Path("~/data/nexus"))
    with pytest.raises(EmbeddedError, match="set NEXUS_HOME"):
        default_home()


def test_home_is_private_and_the_folders_above_it_are_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o751)
    home = Home.at(tmp_path / "above" / "home")
    assert _mode(tmp_path) == 0o751
    assert _mode(home.path) == 0o700
    assert {0o700} == {_mode(folder) for folder in home.path.iterdir()}


def test_home_that_is_empty_is_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Home.at(tmp_path)
    assert _mode(tmp_path) == 0o700


def test_home_that_holds_other_files_and_is_open_to_others_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").touch()
    with pytest.raises(EmbeddedError, match=r"mode 0755.*chmod 700"):
        Home.at(tmp_path)
    assert _mode(tmp_path) == 0o755


def test_home_of_ours_that_was_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    home.lock.touch()
    home.path.chmod(0o755)
    Home.at(home.path)
    assert _mode(home.path) == 0o700


def test_home_on_a_disk_without_modes_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)
    with pytest.raises(EmbeddedError, match="does not support private files"):
        Home.at(tmp_path)


def test_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="is not a folder: set NEXUS_HOME"):
        Home.at(tmp_path / "file")


def test_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match=r"Nexus cannot store its data in .*set NEXUS_HOME"):
        Home.at(tmp_path / "file" / "home")


def test_home_with_a_line_end_in_its_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="cannot be printed"):
        Home.at(tmp_path / "a\nb")


def test_home_of_another_user_is_refused_with_that_users_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(EmbeddedError, match=r"belongs to another user \(.+\): set NEXUS_HOME"):
        Home.at(tmp_path)


def test_home_through_a_link_is_the_same_home(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert Home.at(tmp_path / "home") == Home.at(tmp_path / "link")


def test_secrets_are_private_and_generated_once(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.make_secrets()
    first = home.secret("secret_key")
    home.make_secrets()
    assert first == home.secret("secret_key")
    assert len(first) >= 64
    assert {0o600} == {_mode(file) for file in (tmp_path / "secrets").iterdir()}


def test_secrets_truncated_by_a_power_failure_are_generated_again(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    (tmp_path / "secrets" / "secret_key").touch()
    home.make_secrets()
    assert home.secret("secret_key")


def test_secret_of_an_existing_cluster_is_not_replaced(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.cluster.mkdir()
    home.make_secrets()
    with pytest.raises(EmbeddedError, match=r"postgres_password is missing: restore it"):
        home.secret("postgres_password")


def test_free_bytes_of_a_home_that_is_not_made_yet(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "a" / "b") > 0


@pytest.mark.parametrize(("free_mb", "refused"), [(199, True), (200, False)])
def test_free_space_below_200_mb_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_mb: int, *, refused: bool
) -> None:
    usage = _Usage(free_mb * 2**20)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    if refused:
        with pytest.raises(EmbeddedError, match=r"Only 199 MB are free .*free some space"):
            require_free_space(tmp_path)
    else:
        require_free_space(tmp_path)
