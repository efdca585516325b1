"""How a process acquires and releases a hold on the embedded services."""

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
_SAY_AFTER_S = 1.0
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


# References here and not only in `Services`, so that a hold lasts as long as the process even if
# the caller drops the object.
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
        """Release the hold; the services end with the last one. A second call does nothing."""
        _held.discard(self._hold)
        self._hold.release()


def say_on_stderr(sentence: str) -> None:
    """Write a progress message for the user."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def start(
    home: Path | None = None,
    *,
    say: Callable[[str], None] = say_on_stderr,
) -> Services:
    """Start the services of `home`, or join them if they are running, and hold them.

    Returns when PostgreSQL and Valkey have both answered a query. `say` is called with a progress
    message after a second of waiting. The hold lasts until `close` or the end of this process;
    forked processes do not have it. Raises `EmbeddedError` if the services cannot be started.
    """
    return hold_services(default_home() if home is None else home, say=say, disposable=False)


def hold_services(path: Path, *, say: Callable[[str], None], disposable: bool) -> Services:
    """Do the same as `start`; a `disposable` home is deleted when its hold is released."""
    if sys.platform == "win32":
        raise EmbeddedError(
            "Nexus has no embedded services for Windows: run it in WSL2, or set DATABASE_URL and "
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
            "check that the disk is not full, or set NEXUS_HOME to another folder."
        ) from fault
    raise EmbeddedError(
        f"The supervisor of the embedded services ended unexpectedly: "
        f"{last_fault(home.log('supervisor'))}. See the log {home.log('supervisor')}."
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
    """Connect to the home's supervisor or start one; return the socket, and True if started."""
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
        # Another supervisor is starting or ending.
        time.sleep(_PAUSE_S)
    raise EmbeddedError(
        f"The services in {home.path} are in use by a process that is unreachable from here, "
        "such as one in another container: end it, or set NEXUS_HOME to another folder."
    )


def _join(home: Home) -> socket.socket | None:
    try:
        sockets = Path(os.fsdecode(home.lock.read_bytes()))
    except FileNotFoundError:
        return None
    # The folder may have been removed with its supervisor, and another user may have created one
    # with its name to receive our passwords.
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
    """Take the home's lock and return its descriptor, or None if another process has the lock."""
    import fcntl

    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _start_supervisor(home: Home, lock: int, *, disposable: bool) -> socket.socket:
    """Start a supervisor that inherits the lock and the other end of a connection to us."""
    require_free_space(home.path)
    find_binaries()
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", _SUPERVISOR, os.fspath(home.path)]
    command += [f"--lock={lock}", f"--hold={theirs.fileno()}"]
    command += ["--disposable"] if disposable else []
    log = open_log(home.log("supervisor"))
    try:
        # It forks and its first process exits at once, so that this process has no child to reap.
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
    """Return this process's environment, with a PYTHONPATH from which Nexus can be imported."""
    environment = dict(os.environ)
    root = str(Path(nexus.__path__[0]).resolve().parent)
    if root not in sysconfig.get_paths().values():
        path = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = root if not path else os.pathsep.join((path, root))
    return environment


def _await_ready(connection: socket.socket, say: Callable[[str], None]) -> Path | None:
    """Wait until the services answer and return the folder of their sockets.

    Return None if the supervisor has ended. Raises `EmbeddedError` with the fault it reports.
    """
    activity: str | None = "Waiting for the embedded services."
    for message in _messages(connection):
        if message is None:
            if activity is not None:
                say(activity)
            activity = None
        elif "ready" in message:
            return Path(message["ready"])
        elif "fault" in message:
            raise EmbeddedError(message["fault"])
        else:
            activity = message["doing"]
    return None


def _messages(connection: socket.socket) -> Iterator[dict[str, str] | None]:
    """Yield the supervisor's messages, and None after each second without one."""
    connection.settimeout(_SAY_AFTER_S)
    buffer = b""
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
        *lines, buffer = (buffer + part).split(b"\n")
        yield from map(json.loads, lines)


def _release_in_child() -> None:
    for hold in _held:
        hold.release()
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_release_in_child)
