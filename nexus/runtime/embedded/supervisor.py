"""The process that runs PostgreSQL and Valkey as long as any process holds them.

`python -m nexus.runtime.embedded.supervisor HOME`; `nexus.runtime.embedded.start` runs it when it
is needed. There is one per home, which is ensured by a lock on the home's lock file. It has one
thread: the kernel's parent-death signal depends on the thread that started the child.
"""

import argparse
import json
import os
import shutil
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from nexus.runtime.embedded.binaries import find_binaries
from nexus.runtime.embedded.client import try_lock
from nexus.runtime.embedded.errors import EmbeddedError
from nexus.runtime.embedded.holds import Holds, Released
from nexus.runtime.embedded.home import Home, free_bytes
from nexus.runtime.embedded.logs import bound_log, last_fault
from nexus.runtime.embedded.postgres import Postgres
from nexus.runtime.embedded.socket_folder import SUPERVISOR_SOCKET_NAME, socket_folder
from nexus.runtime.embedded.valkey import Valkey
from nexus.runtime.processes import Child, EndingStep

__all__ = ["Server", "Supervisor", "main"]

# Long enough that the next command of a script finds the services running, short enough that they
# seem to end with Nexus.
_GRACE_S = 1.0
_ATTEMPTS = 3
# After a crash PostgreSQL may have much WAL to replay.
_ANSWER_LIMIT_S = 300.0
_MAX_PAUSE_S = 0.2
_TICK_S = 10.0
_BACKLOG = 256
# PostgreSQL extends its WAL in files of 16 MB.
_FULL_BELOW_BYTES = 16 * 1024 * 1024


class Server(Protocol):
    """The interface of a server for the supervisor."""

    @property
    def name(self) -> str:
        """The server's name in messages."""

    @property
    def log(self) -> Path:
        """The server's log file."""

    @property
    def ending(self) -> Sequence[EndingStep]:
        """The signals that end it, and how long to wait after each."""

    def prepare(self, holds: Holds) -> None:
        """Prepare the start of the process."""

    def launch(self) -> Child:
        """Start the process."""

    def answers(self) -> bool:
        """Return whether it answers a real query."""


class Supervisor:
    """Keeps `servers` running and answers their clients."""

    def __init__(
        self, home: Home, lock: int, sockets: Path, servers: Sequence[Server], holds: Holds
    ) -> None:
        self._home = home
        self._lock = lock
        self._sockets = sockets
        self._servers = servers
        self._holds = holds
        self._children: dict[str, Child] = {}

    def run(self) -> None:
        """Run until the services are not held or not reachable any more; then end the servers."""
        try:
            while self._reachable():
                if self._holds.anyone_waits() or self._stopped():
                    self._serve()
                self._holds.wait(_TICK_S)
                self._keep_tidy()
        except Released:
            pass
        finally:
            self._holds.stop_listening()
            for server in self._servers:
                if server.name in self._children:
                    self._children[server.name].end(server.ending)

    def _serve(self) -> None:
        """Make all servers answer and tell the waiting clients, or tell them why that failed."""
        try:
            self._start_servers()
        except (EmbeddedError, OSError) as fault:
            self._holds.refuse(self._explain(fault))
            # They are tried again after a tick, or for the next client.
            self._holds.forget_signals()
        else:
            self._holds.welcome(str(self._sockets))

    def _start_servers(self) -> None:
        started_at = time.monotonic()
        attempts: Counter[str] = Counter()
        while True:
            for server in self._stopped():
                if attempts[server.name] == _ATTEMPTS:
                    raise EmbeddedError(_last_words(server))
                attempts[server.name] += 1
                server.prepare(self._holds)
                self._holds.tell(f"Starting {server.name}.")
                self._children[server.name] = server.launch()
            self._holds.forget_signals()
            if not self._stopped() and all(server.answers() for server in self._servers):
                return
            elapsed_s = time.monotonic() - started_at
            if elapsed_s > _ANSWER_LIMIT_S:
                raise EmbeddedError(
                    f"The services did not answer within {_ANSWER_LIMIT_S:.0f} s: see the logs in "
                    f"{self._servers[0].log.parent}."
                )
            # Poll often at first, for a quick start, and less often later, for a long recovery.
            self._holds.wait(min(_MAX_PAUSE_S, 0.01 + elapsed_s / 10))

    def _stopped(self) -> list[Server]:
        return [
            server
            for server in self._servers
            if server.name not in self._children or not self._children[server.name].alive()
        ]

    def _reachable(self) -> bool:
        """Return whether the lock file and the sockets still exist and are still ours."""
        try:
            status = self._home.lock.stat()
        except FileNotFoundError:
            return False
        is_ours = os.path.samestat(status, os.fstat(self._lock))
        return is_ours and (self._sockets / SUPERVISOR_SOCKET_NAME).exists()

    def _keep_tidy(self) -> None:
        for server in self._servers:
            bound_log(server.log)
        # Cleaners of temporary folders remove files that were not used for days.
        with suppress(FileNotFoundError):
            os.utime(self._sockets / SUPERVISOR_SOCKET_NAME)

    def _explain(self, fault: Exception) -> str:
        # The log may end before this message, since it is on the same disk.
        is_full = free_bytes(self._home.path) < _FULL_BELOW_BYTES
        if is_full or "No space left on device" in str(fault):
            return (
                f"The disk under {self._home.path} is full, and the database cannot run: free "
                "some space on it and start again."
            )
        return str(fault)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the supervisor, and return the exit code."""
    parser = argparse.ArgumentParser(prog="nexus.runtime.embedded.supervisor")
    parser.add_argument("home", type=Path)
    parser.add_argument("--lock", type=int, help="the descriptor of the home's lock, already held")
    parser.add_argument("--hold", type=int, help="a connected socket, the first hold")
    parser.add_argument("--disposable", action="store_true", help="delete the home at the end")
    options = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        home = Home.at(options.home)
        lock = try_lock(home) if options.lock is None else options.lock
    except EmbeddedError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    if lock is None:
        sys.stderr.write(f"A supervisor is already running for {home.path}: end it first.\n")
        return 1
    first = None
    if options.hold is not None:
        _leave_parent()
        first = socket.socket(fileno=options.hold)
        first.set_inheritable(False)
    os.set_inheritable(lock, False)  # noqa: FBT003 -- the standard library takes it by position
    try:
        _supervise(home, lock, first, disposable=options.disposable)
    except (EmbeddedError, OSError) as fault:
        sys.stderr.write(f"{fault}\n")
        if first is not None:
            with suppress(OSError):
                first.sendall(json.dumps({"fault": str(fault)}).encode() + b"\n")
        return 1
    finally:
        if options.disposable:
            shutil.rmtree(home.path, ignore_errors=True)
    return 0


def _supervise(home: Home, lock: int, first: socket.socket | None, *, disposable: bool) -> None:
    os.chdir(home.path)
    home.make_secrets()
    binaries = find_binaries()
    with socket_folder(home.path) as sockets, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(sockets / SUPERVISOR_SOCKET_NAME))
        listener.listen(_BACKLOG)
        holds = Holds(listener, grace_s=0.0 if disposable else _GRACE_S)
        if first is not None:
            holds.add(first)
        os.ftruncate(lock, os.pwrite(lock, os.fsencode(sockets), 0))
        valkey = Valkey(home, sockets, binaries)
        postgres = Postgres(home, sockets, binaries, disposable=disposable)
        Supervisor(home, lock, sockets, (valkey, postgres), holds).run()


def _last_words(server: Server) -> str:
    return (
        f"{server.name} ended {_ATTEMPTS} times while starting: "
        f"{last_fault(server.log)}. See the log {server.log}."
    )


def _leave_parent() -> None:
    """Continue as a child of init, so that the starting process has no child to reap."""
    if os.fork():
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
