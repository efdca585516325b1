"""The short, private folder of the servers' sockets.

A socket's path is limited to about a hundred bytes and a home's may be longer, so the sockets are
in a folder of their own under a temporary folder, named after the home.
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

# The size of sun_path, without the terminating zero byte.
MAX_SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
SUPERVISOR_SOCKET_NAME = "supervisor.sock"
_OTHERS_MAY_WRITE = 0o022
# As long as PostgreSQL may take to shut down.
_CLAIM_TIMEOUT_S = 20.0
_PAUSE_S = 0.02


def folder_name(home: Path, uid: int) -> str:
    """Return the name of the folder for a user's home; it differs between homes."""
    return f"nexus-{uid}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


@contextmanager
def socket_folder(home: Path, bases: Iterable[Path] | None = None) -> Iterator[Path]:
    """Create the folder for `home`, empty and with mode 0700, under the first usable base.

    It is removed at the end. Call it only while holding the home's lock, since files of a killed
    predecessor are removed. Raises `EmbeddedError` if no base is usable, or if the services of a
    home that was deleted while they ran do not release the folder.
    """
    folder, lock = _claim_first(home, list(_bases() if bases is None else bases))
    try:
        _empty(folder)
        yield folder
    finally:
        remove_socket_folder(folder)
        os.close(lock)


def is_ours(folder: Path) -> bool:
    """Return whether `folder` is a private folder of this user, and not a symbolic link."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    private = stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    return (
        folder.is_absolute()
        and stat.S_ISDIR(status.st_mode)
        and private
        and status.st_uid == os.geteuid()
    )


def remove_socket_folder(folder: Path) -> None:
    """Remove the folder and its sockets, if it exists."""
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
        f"Nexus cannot create its sockets in {' or '.join(map(str, bases))}: set TMPDIR to a "
        "folder with a short name that you may write to."
    )


def _bases() -> list[Path]:
    # /tmp first: it is short, and unlike XDG_RUNTIME_DIR it outlives a session.
    tmpdir = os.environ.get("TMPDIR")
    return [Path("/tmp"), *([Path(tmpdir)] if tmpdir else []), Path("/var/tmp")]  # noqa: S108 -- checked by _safe_base and _claim


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder)) + len(SUPERVISOR_SOCKET_NAME) + 1 <= MAX_SOCKET_PATH_BYTES


def _safe_base(base: Path) -> bool:
    """Return whether no other user can rename or replace our folders in `base`."""
    try:
        status = base.stat()
    except OSError:
        return False
    if not base.is_absolute() or not stat.S_ISDIR(status.st_mode):
        return False
    if status.st_mode & _OTHERS_MAY_WRITE and not status.st_mode & stat.S_ISVTX:
        return False
    return status.st_uid in (0, os.geteuid())


def _claim(folder: Path, home: Path) -> int | None:
    """Create the folder, or accept an existing one of ours, and return its lock's descriptor."""
    deadline = time.monotonic() + _CLAIM_TIMEOUT_S
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
        # The supervisor of a home that was deleted and created again still has it. It ends at its
        # next check.
        _wake(folder)
        time.sleep(_PAUSE_S)
    raise EmbeddedError(
        f"The services that ran in {home} before it was deleted did not stop: end the Nexus "
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
        # The previous owner may have removed the folder in between; then the lock is on a deleted
        # one.
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
