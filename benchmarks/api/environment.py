"""The environment that the contenders need: locked, and in a cache folder of its own."""

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
    """Go on in the environment of the lock; what is missing of it is installed.

    Returns at once where this process is in it already.
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
        wanted = ("--require-hashes", "--requirements", GRAPHENE_LOCK)
        _uv("pip", "install", "--python", python, "--target", overlay, *wanted)
        (overlay / FINISHED).touch()
    os.execv(python, [str(python), "-m", "benchmarks.api", *sys.argv[1:]])  # noqa: S606 -- a path of ours


def graphene_folder() -> Path:
    """Return the folder that comes first on the path of the server with graphene-django.

    Its graphql-core is another one than Strawberry's.
    """
    return _folder(GRAPHENE_LOCK)


def _folder(lock: Path) -> Path:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    return user_cache_path("nexus") / f"{lock.stem}-{digest}"


def _uv(*words: str | Path) -> None:
    environment = {**os.environ, "UV_LINK_MODE": "copy", "UV_COMPILE_BYTECODE": "1"}
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *words], check=True, env=environment)
