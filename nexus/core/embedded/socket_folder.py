"""The short, private folder that the servers' sockets live in.

A socket's path must fit into some hundred bytes and a home may be longer, so the sockets have a
folder of their own under a temporary folder, named after the home.
"""

import hashlib
import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from nexus.core.embedded.errors import EmbeddedError

__all__ = [
    "LONGEST_SOCKET_PATH_BYTES",
    "SUPERVISOR_SOCKET_NAME",
    "folder_name",
    "is_ours",
    "make_socket_folder",
    "remove_socket_folder",
]

# The size of sun_path, without its closing zero byte.
LONGEST_SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
SUPERVISOR_SOCKET_NAME = "supervisor.sock"
_OTHERS_MAY_WRITE = 0o022


def folder_name(home: Path, uid: int) -> str:
    """Name the folder of a user's home. Two homes have different names."""
    return f"nexus-{uid}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def make_socket_folder(home: Path, bases: Iterable[Path] | None = None) -> Path:
    """Make the folder for `home`, empty and with mode 0700, under the first base that serves.

    Call it only with the home's lock held: what a killed predecessor left in it is removed.
    Raises `EmbeddedError` when no base serves.
    """
    name = folder_name(home, os.geteuid())
    tried = list(_bases() if bases is None else bases)
    for base in tried:
        folder = base / name
        if _fits(folder) and _safe_base(base) and _claim(folder):
            _empty(folder)
            return folder
    raise EmbeddedError(
        f"Nexus finds no place for its sockets in {' or '.join(map(str, tried))}: set TMPDIR to a "
        "folder with a short name that you may write to."
    )


def is_ours(folder: Path) -> bool:
    """Whether `folder` is a folder of this user's, private, and no link to one."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_IMODE(found.st_mode) == stat.S_IRWXU
    return (
        folder.is_absolute()
        and stat.S_ISDIR(found.st_mode)
        and private
        and found.st_uid == os.geteuid()
    )


def remove_socket_folder(folder: Path) -> None:
    """Remove the folder with the sockets in it; one that is gone already is well."""
    with suppress(FileNotFoundError):
        _empty(folder)
        folder.rmdir()


def _bases() -> list[Path]:
    # /tmp first: it is short, and it outlives a session, which XDG_RUNTIME_DIR does not.
    named = os.environ.get("TMPDIR")
    return [Path("/tmp"), *([Path(named)] if named else []), Path("/var/tmp")]  # noqa: S108 - checked by _safe_base and _claim


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) + len(SUPERVISOR_SOCKET_NAME) + 1 <= LONGEST_SOCKET_PATH_BYTES


def _safe_base(base: Path) -> bool:
    """Whether nobody else can rename or replace a folder of ours in `base`."""
    try:
        found = base.stat()
    except OSError:
        return False
    if not base.is_absolute() or not stat.S_ISDIR(found.st_mode):
        return False
    if found.st_mode & _OTHERS_MAY_WRITE and not found.st_mode & stat.S_ISVTX:
        return False
    return found.st_uid in (0, os.geteuid())


def _claim(folder: Path) -> bool:
    """Make the folder, or accept it when it is ours already."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError:
        return False
    return is_ours(folder)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        entry.unlink()
