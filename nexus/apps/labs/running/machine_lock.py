"""One measurement at a time on a machine, for all users and installations."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["measuring"]


@contextmanager
def measuring(path: Path | None = None) -> Iterator[bool]:
    """Hold the machine's measuring lock for the body; yield False if another process holds it.

    The lock is on an empty, world-readable file. It is never written, it is released when its
    holder dies, and it is not removed, because two processes could then hold it.
    """
    descriptor = _open(path or Path(tempfile.gettempdir()) / "nexus-measuring.lock")
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    # In a sticky directory, opening another user's file with O_CREAT is refused.
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        pass
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return os.open(path, flags)
    # Other users must be able to open it, whatever the umask.
    os.fchmod(descriptor, 0o644)
    return descriptor
