"""Disposable services, for tests and labs that kill servers, overload them or change settings."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from nexus.runtime.embedded.client import Services, hold_services, say_on_stderr, try_lock
from nexus.runtime.embedded.errors import EmbeddedError
from nexus.runtime.embedded.home import Home, default_home
from nexus.runtime.embedded.postgres import quoted
from nexus.runtime.embedded.private_files import write_private
from nexus.runtime.embedded.socket_folder import remove_socket_folder

__all__ = ["temporary_cluster"]

_DELETE_TIMEOUT_S = 30.0
_PAUSE_S = 0.01
# A newer home may belong to a process that has not started its supervisor yet.
_SWEEP_AFTER_S = 60.0


@contextmanager
def temporary_cluster(
    home: Path | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] = say_on_stderr,
) -> Iterator[Services]:
    """Start a PostgreSQL and a Valkey of the caller's own, which are deleted at the end.

    They are also deleted if this process is killed. `settings` are PostgreSQL's, by name. The
    folder is created under `home`. Raises `EmbeddedError` if they cannot be started, or cannot be
    deleted.
    """
    base = Home.at(default_home() if home is None else home)
    _sweep(base.temporary)
    path = Path(tempfile.mkdtemp(dir=base.temporary))
    lines = [f"{name} = {quoted(value)}\n" for name, value in (settings or {}).items()]
    write_private(Home(path).extra_configuration, "".join(lines).encode())
    try:
        services = hold_services(path, say=say, disposable=True)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    lock = os.open(Home(path).lock, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield services
    finally:
        services.close()
        with os.fdopen(lock, "rb") as stream:
            _await_end(stream, path)


def _await_end(lock: BinaryIO, path: Path) -> None:
    """Wait until the supervisor has ended, which releases the lock."""
    import fcntl

    deadline = time.monotonic() + _DELETE_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return
    raise EmbeddedError(f"The temporary services in {path} did not end: delete that folder.")


def _sweep(folder: Path) -> None:
    """Delete the homes of supervisors that were killed."""
    for path in folder.iterdir():
        # Another process may be deleting it at the same time.
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _SWEEP_AFTER_S:
                _delete_unless_used(Home(path))


def _delete_unless_used(home: Home) -> None:
    lock = try_lock(home)
    if lock is None:
        return
    with os.fdopen(lock, "rb") as stream:
        sockets = stream.read()
        if sockets:
            remove_socket_folder(Path(os.fsdecode(sockets)))
        shutil.rmtree(home.path, ignore_errors=True)
