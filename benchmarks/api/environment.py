"""The environment that the contenders need: locked, and in a cache folder of its own."""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["ROOT", "enter"]

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "benchmarks.txt"


def enter() -> None:
    """Go on in the environment of the lock, which is made when it is missing.

    Returns at once where this process is in it already.
    """
    if find_spec("oscarapi"):
        return
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    folder = user_cache_path("nexus") / f"benchmarks-{digest}"
    python, finished = folder / "bin" / "python", folder / "finished"
    if not finished.exists():
        print("Installing the contenders.", file=sys.stderr)
        uv = (sys.executable, "-m", "uv")
        subprocess.run(
            [*uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True
        )
        subprocess.run(
            [*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, LOCK],
            check=True,
            env={**os.environ, "UV_LINK_MODE": "copy", "UV_COMPILE_BYTECODE": "1"},
        )
        finished.touch()
    os.execv(python, [str(python), "-m", "benchmarks.api", *sys.argv[1:]])  # noqa: S606 -- a path of ours
