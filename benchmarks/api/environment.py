"""The locked environment of the contenders, in its own cache folder."""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["ROOT", "enter", "graphene_folder"]

ROOT = Path(__file__).resolve().parents[2]
LOCK, GRAPHENE_LOCK = (ROOT / "requirements" / f"{name}.txt" for name in ("benchmarks", "graphene"))
FINISHED = "finished"


def enter() -> None:
    """Re-execute this process in the locked environment; install it first if necessary.

    Returns at once if this process already runs in it.
    """
    if find_spec("oscarapi"):
        return
    folder = _folder(LOCK)
    python = folder / "bin" / "python"
    if not (folder / FINISHED).exists():
        print("Installing the contenders.", file=sys.stderr)
        _uv("venv", "--clear", "--python", sys.executable, folder)
        _uv("pip", "sync", "--require-hashes", "--python", python, LOCK)
        (folder / FINISHED).touch()
    overlay = graphene_folder()
    if not (overlay / FINISHED).exists():
        requirements = ("--require-hashes", "--requirements", GRAPHENE_LOCK)
        _uv("pip", "install", "--python", python, "--target", overlay, *requirements)
        (overlay / FINISHED).touch()
    os.execv(python, [str(python), "-m", "benchmarks.api", *sys.argv[1:]])  # noqa: S606 -- our own path


def graphene_folder() -> Path:
    """Return the folder that comes first on the path of the server with graphene-django.

    Its graphql-core is a different version from Strawberry's.
    """
    return _folder(GRAPHENE_LOCK)


def _folder(lock: Path) -> Path:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    return user_cache_path("nexus") / f"{lock.stem}-{digest}"


def _uv(*words: str | Path) -> None:
    environment = {**os.environ, "UV_LINK_MODE": "copy", "UV_COMPILE_BYTECODE": "1"}
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *words], check=True, env=environment)
