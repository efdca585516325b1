"""`nexus check` prints faults with their places, starts nothing, and exits with the right code."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nexus.cli.main import app
from tests.support.library_pages import FRONT, installed, new_library, put_page
from tests.support.servers import embedded_environment

PATIENCE_S = 60


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Path]:
    """Return the library that the command checks: one page, without faults and labs."""
    library = new_library(tmp_path)
    with installed(library):
        yield library


def check(*paths: Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, paths)])


def test_clean_library_ends_with_0(library: Path) -> None:
    done = check()
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 page, no faults." in done.stderr
    assert library.is_dir()


def test_faults_end_with_1_sorted_by_place(library: Path) -> None:
    put_page(library, FRONT + "See [x](other.md), 12 ms.\n", name="concepts/b")
    put_page(library, FRONT.replace("A page", "Other"), name="challenges/z")
    done = check()
    assert done.exit_code == 1
    places = [line.split(": ")[0] for line in done.stdout.splitlines()]
    expected = [("challenges/z", 1), ("concepts/b", 1), ("concepts/b", 5), ("concepts/b", 5)]
    assert places == [f"library/{name}/README.md:{line}" for name, line in expected]
    assert "4 faults" in done.stderr


def test_faults_elsewhere_do_not_count(library: Path) -> None:
    put_page(library, FRONT, name="concepts/b")
    assert check(library / "concepts/good").exit_code == 0
    assert check(library / "concepts/b").exit_code == 1


def test_path_that_is_not_there_ends_with_2(library: Path) -> None:
    done = check(library / "concepts/gone")
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.search(r"There is no .*gone; name a folder of the library", done.stderr)


def test_slug_in_place_of_a_folder_is_corrected(library: Path) -> None:
    (library / "concepts/good").rename(library / "concepts/row_locks")
    done = check(library / "concepts/row-locks")
    assert done.exit_code == 2
    assert "did you mean" in done.stderr
    assert "row_locks?" in "".join(done.stderr.split())


def test_missing_library_ends_with_2(tmp_path: Path) -> None:
    with installed(tmp_path / "library"):
        done = check()
    assert done.exit_code == 2
    assert "restore the folder" in done.stderr


def test_check_starts_nothing_and_needs_no_settings(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "check"],
        env=embedded_environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert not home.exists()


def test_wrong_setting_ends_with_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "check"],
        env={**os.environ, "NEXUS_LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert "Set it to one of DEBUG" in done.stderr
    assert "Traceback" not in done.stderr
