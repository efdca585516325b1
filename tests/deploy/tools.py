"""The programs that check deployments: locked, in their own folders in the user's cache.

They are many and large, and some need other versions than Nexus, so they are not in its environment
and are installed only when a test needs them.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

__all__ = ["ROOT", "Done", "created_stacks", "node_modules", "python_tools", "run"]

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements/deploy.txt"
NPM_LOCK = ROOT / "tests/deploy/package-lock.json"
# No check may use the network, neither for newer releases nor for rules.
OFFLINE = {"CHECKOV_RUN_SCA_PACKAGE_SCAN": "false", "PYTHONWARNINGS": "ignore"}

Done = subprocess.CompletedProcess[str]


@cache
def python_tools() -> Path:
    """Return the folder of the programs from PyPI; install what is missing."""
    return _kept(LOCK, _install_python_tools) / "bin"


@cache
def node_modules() -> Path:
    """Return the folder of the packages from npm; install what is missing."""
    return _kept(NPM_LOCK, _install_node_modules) / "node_modules"


def run(
    *words: str | Path,
    cwd: Path = ROOT,
    variables: Mapping[str, str] | None = None,
    timeout_s: float = 120,
) -> Done:
    """Run a program and return its output and exit code without checking them."""
    return subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **OFFLINE, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


@cache
def created_stacks(*parameters: str) -> dict[str, Any]:
    """Create deploy/cloudformation in moto, and return the resources of AWS's services."""
    words = ("-W", "ignore", "tests/deploy/create_stacks.py", "deploy/cloudformation", *parameters)
    done = run(python_tools() / "python", *words)
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _kept(lock: Path, install: Callable[[Path], None]) -> Path:
    """Return the folder of the lock file; concurrent installations do not collide."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = user_cache_path("nexus") / f"{lock.stem}-{digest}"
    if not folder.exists():
        fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        install(fresh)
        with suppress(OSError):
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _install_python_tools(folder: Path) -> None:
    uv = (sys.executable, "-m", "uv", "--quiet")
    python = folder / "bin" / "python"
    environment = {**os.environ, "UV_LINK_MODE": "copy"}
    for words in (
        # The scripts find their Python in their own folder, so the folder may be renamed.
        ("venv", "--relocatable", "--python", sys.executable, folder),
        ("pip", "sync", "--require-hashes", "--python", python, LOCK),
    ):
        subprocess.run([*uv, *words], check=True, env=environment)


def _install_node_modules(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(NPM_LOCK.parent / name, folder)
    subprocess.run(["npm", "--silent", "ci"], cwd=folder, check=True)
