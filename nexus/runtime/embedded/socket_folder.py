"""The short, private folder that the servers' sockets live in.

A socket's path must fit into some hundred bytes and a home may be longer, so the sockets have a
folder of their own under a temporary folder, named after the home.
"""

import hashlib
import os
import socket
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nexus.runtime.embedded.errors import EmbeddedError

__all__ = [
    "MAX_SOCKET_PATH_BYTES",
    "SUPERVISOR_SOCKET_NAME",
    "folder_name",
    "is_ours",
    "remove_socket_folder",
    "socket_folder",
]

# The size of sun_path, without its closing zero byte.
MAX_SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
SUPERVISOR_SOCKET_NAME = "supervisor.sock"
_OTHERS_MAY_WRITE = 0o022
# As long as PostgreSQL may take to end.
_LEAVING_LIMIT_S = 20.0
_PAUSE_S = 0.02


def folder_name(home: Path, uid: int) -> str:
    """Name the folder of a user's home. Two homes have different names."""
    return f"nexus-{uid}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


@contextmanager
def socket_folder(home: Path, bases: Iterable[Path] | None = None) -> Iterator[Path]:
    """Hold the folder for `home`, empty and with mode 0700, under the first base that serves.

    It is removed at the end. Call it only with the home's lock held: what a killed predecessor
    left in it is removed. Raises `EmbeddedError` when no base serves, or when the services of a
    home that was deleted while they ran do not leave the folder.
    """
    folder, lock = _claim_first(home, list(_bases() if bases is None else bases))
    try:
        _empty(folder)
        yield folder
    finally:
        remove_socket_folder(folder)
        os.close(lock)


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


def _claim_first(home: Path, bases: list[Path]) -> tuple[Path, int]:
    name = folder_name(home, os.geteuid())
    for base in bases:
        folder = base / name
        lock = _claim(folder, home) if _fits(folder) and _safe_base(base) else None
        if lock is not None:
            return folder, lock
    raise EmbeddedError(
        f"Nexus finds no place for its sockets in {' or '.join(map(str, bases))}: set TMPDIR to a "
        "folder with a short name that you may write to."
    )


def _bases() -> list[Path]:
    # /tmp first: it is short, and it outlives a session, which XDG_RUNTIME_DIR does not.
    named = os.environ.get("TMPDIR")
    return [Path("/tmp"), *([Path(named)] if named else []), Path("/var/tmp")]  # noqa: S108 -- checked by _safe_base and _claim


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) + len(SUPERVISOR_SOCKET_NAME) + 1 <= MAX_SOCKET_PATH_BYTES


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


def _claim(folder: Path, home: Path) -> int | None:
    """Make the folder, or accept it when it is ours, and give the descriptor of its lock."""
    deadline = time.monotonic() + _LEAVING_LIMIT_S
    while time.monotonic() < deadline:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            return None
        if not is_ours(folder):
            return None
        lock = _lock(folder)
        if lock is not None:
            return lock
        # A supervisor whose home was deleted and made anew has it still. It leaves when it looks.
        _wake(folder)
        time.sleep(_PAUSE_S)
    raise EmbeddedError(
        f"The services that ran in {home} before it was deleted do not end: end the Nexus "
        "processes that use them and start again."
    )


def _lock(folder: Path) -> int | None:
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its last owner may have removed it in between, and what we locked is gone.
        if os.path.samestat(os.fstat(descriptor), folder.lstat()):
            return descriptor
    os.close(descriptor)
    return None


def _wake(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.connect(os.fspath(folder / SUPERVISOR_SOCKET_NAME))


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        entry.unlink(missing_ok=True)
