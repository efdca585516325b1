"""How a process takes hold of the embedded services and lets go of them."""

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nexus
from nexus.runtime.embedded.binaries import find_binaries
from nexus.runtime.embedded.errors import EmbeddedError
from nexus.runtime.embedded.home import Home, default_home, require_free_space
from nexus.runtime.embedded.logs import last_fault, open_log
from nexus.runtime.embedded.postgres import database_url
from nexus.runtime.embedded.socket_folder import SUPERVISOR_SOCKET_NAME, is_ours
from nexus.runtime.embedded.valkey import cache_url

__all__ = ["Services", "hold_services", "say_on_stderr", "start", "try_lock"]

_SUPERVISOR = "nexus.runtime.embedded.supervisor"
_SAID_AFTER_S = 1.0
_REACH_LIMIT_S = 40.0
_PAUSE_S = 0.02
_JOIN_ATTEMPTS = 5


class _Hold:
    """One open connection to a supervisor."""

    def __init__(self, connection: socket.socket) -> None:
        self._descriptor: int | None = connection.detach()

    def release(self) -> None:
        """Close the connection, once."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


# They live here and not only in `Services`, so that a hold lasts as long as the process even when
# nobody keeps the object.
_held: set[_Hold] = set()


@dataclass(frozen=True)
class Services:
    """The running services, and this process's hold on them."""

    home: Path
    database_url: str = field(repr=False)
    cache_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    _hold: _Hold = field(repr=False)

    def close(self) -> None:
        """Let go. The services end when nobody holds them. A second call does nothing."""
        _held.discard(self._hold)
        self._hold.release()


def say_on_stderr(sentence: str) -> None:
    """Write a sentence for the person who waits."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def start(
    home: Path | None = None,
    *,
    say: Callable[[str], None] = say_on_stderr,
) -> Services:
    """Start the services of `home`, or join them where they run, and hold them.

    Returns when PostgreSQL and Valkey both answered a query. `say` is given a sentence for
    whatever lasts longer than a second. The hold lasts until `close` or the end of this process; a
    process forked from this one does not have it. Raises `EmbeddedError` when the services cannot
    be had.
    """
    return hold_services(default_home() if home is None else home, say=say, disposable=False)


def hold_services(path: Path, *, say: Callable[[str], None], disposable: bool) -> Services:
    """Do as `start` does; a `disposable` home is deleted when the hold on it ends."""
    if sys.platform == "win32":
        raise EmbeddedError(
            "Nexus brings no services for Windows: run it in WSL2, or set DATABASE_URL and "
            "CACHE_URL."
        )
    try:
        home = Home.at(path)
        for _ in range(_JOIN_ATTEMPTS):
            connection, supervisor_is_ours = _reach(home, disposable=disposable)
            try:
                sockets = _await_ready(connection, say)
            except BaseException:
                connection.close()
                raise
            if sockets is not None:
                return _services(home, sockets, connection)
            connection.close()
            if supervisor_is_ours:
                break
    except OSError as fault:
        raise EmbeddedError(
            f"Nexus cannot use its home {path} ({fault.strerror or fault}): make it writable and "
            "see that the disk is not full, or set NEXUS_HOME to another folder."
        ) from fault
    raise EmbeddedError(
        f"The supervisor of the embedded services ended unexpectedly: "
        f"{last_fault(home.log('supervisor'))}. The whole log is {home.log('supervisor')}."
    )


def _services(home: Home, sockets: Path, connection: socket.socket) -> Services:
    hold = _Hold(connection)
    _held.add(hold)
    return Services(
        home=home.path,
        database_url=database_url(sockets, home.secret("postgres_password")),
        cache_url=cache_url(sockets, home.secret("valkey_password")),
        secret_key=home.secret("secret_key"),
        _hold=hold,
    )


def _reach(home: Home, *, disposable: bool) -> tuple[socket.socket, bool]:
    """Connect to the home's supervisor, or start one; say whether we started it."""
    deadline = time.monotonic() + _REACH_LIMIT_S
    while time.monotonic() < deadline:
        connection = _join(home)
        if connection is not None:
            return connection, False
        lock = try_lock(home)
        if lock is not None:
            try:
                return _start_supervisor(home, lock, disposable=disposable), True
            finally:
                os.close(lock)
        # It is just starting, or just ending.
        time.sleep(_PAUSE_S)
    raise EmbeddedError(
        f"The services in {home.path} are held by a process that cannot be reached from here, "
        "such as one in another container: end it, or set NEXUS_HOME to another folder."
    )


def _join(home: Home) -> socket.socket | None:
    try:
        sockets = Path(os.fsdecode(home.lock.read_bytes()))
    except FileNotFoundError:
        return None
    # The folder may have ended with its supervisor, and another user may have made one like it to
    # be told our passwords.
    if not is_ours(sockets):
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(os.fspath(sockets / SUPERVISOR_SOCKET_NAME))
    except OSError:
        connection.close()
        return None
    return connection


def try_lock(home: Home) -> int | None:
    """Take the home's lock and give its descriptor, or nothing while somebody has it."""
    import fcntl

    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _start_supervisor(home: Home, lock: int, *, disposable: bool) -> socket.socket:
    """Start a supervisor that inherits the lock and the far end of a connection to us."""
    require_free_space(home.path)
    find_binaries()
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", _SUPERVISOR, os.fspath(home.path)]
    command += [f"--lock={lock}", f"--hold={theirs.fileno()}"]
    command += ["--disposable"] if disposable else []
    log = open_log(home.log("supervisor"))
    try:
        # It forks and its first process ends at once, so that we have no child to reap.
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock, theirs.fileno()),
            cwd=home.path,
            env=_environment(),
            start_new_session=True,
            check=False,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(log)
    return ours


def _environment() -> dict[str, str]:
    """Return our environment, with Nexus importable in it as it is here."""
    environment = dict(os.environ)
    root = str(Path(nexus.__path__[0]).resolve().parent)
    if root not in sysconfig.get_paths().values():
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = root if not known else os.pathsep.join((known, root))
    return environment


def _await_ready(connection: socket.socket, say: Callable[[str], None]) -> Path | None:
    """Wait until the services answer and give the folder of their sockets.

    Gives nothing when the supervisor went away. Raises `EmbeddedError` with what it says instead.
    """
    doing: str | None = "Waiting for the embedded services."
    for message in _messages(connection):
        if message is None:
            if doing is not None:
                say(doing)
            doing = None
        elif "ready" in message:
            return Path(message["ready"])
        elif "fault" in message:
            raise EmbeddedError(message["fault"])
        else:
            doing = message["doing"]
    return None


def _messages(connection: socket.socket) -> Iterator[dict[str, str] | None]:
    """Return what the supervisor says; nothing, once, for every second that it says nothing."""
    connection.settimeout(_SAID_AFTER_S)
    unread = b""
    while True:
        try:
            part = connection.recv(4096)
        except TimeoutError:
            yield None
            continue
        except ConnectionError:
            return
        if not part:
            return
        *lines, unread = (unread + part).split(b"\n")
        yield from map(json.loads, lines)


def _let_go_in_child() -> None:
    for hold in _held:
        hold.release()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
