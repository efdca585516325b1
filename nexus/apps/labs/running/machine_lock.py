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
    """Hold the machine's measuring lock for the body; yield False if another process has it.

    The lock is on an empty file that everybody may read: it is never written, its holder's death
    releases it, and it is left in place, because removing it would let two hold it.
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
    # Opening with O_CREAT a file that another user made is refused in a sticky folder.
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        pass
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return os.open(path, flags)
    # Whatever the umask: other users must be able to open it.
    os.fchmod(descriptor, 0o644)
    return descriptor
