"""Disposable services, for whoever kills servers, floods them or changes their settings."""

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

_DELETED_WITHIN_S = 30.0
_PAUSE_S = 0.01
# A home this young may belong to a process that has yet to start its supervisor.
_SWEPT_AFTER_S = 60.0


@contextmanager
def temporary_cluster(
    home: Path | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] = say_on_stderr,
) -> Iterator[Services]:
    """Return a PostgreSQL and a Valkey of one's own, deleted at the end with all that is in them.

    They are deleted as well when this process is killed. `settings` are PostgreSQL's, by name. The
    folder is made under `home`. Raises `EmbeddedError` when they cannot be started, or not be
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
        with os.fdopen(lock, "rb") as held:
            _await_end(held, path)


def _await_end(lock: BinaryIO, path: Path) -> None:
    """Wait until the supervisor has ended, which has the lock until then."""
    import fcntl

    deadline = time.monotonic() + _DELETED_WITHIN_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return
    raise EmbeddedError(f"The temporary services in {path} did not end: delete that folder.")


def _sweep(folder: Path) -> None:
    """Delete the homes whose supervisor was killed before it could."""
    for path in folder.iterdir():
        # Another process may be deleting it right now.
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _SWEPT_AFTER_S:
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
