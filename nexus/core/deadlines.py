"""Work that may hang, such as asking a server that has stopped, and nobody who hangs with it.

A server that is stopped or cut off does not refuse: it says nothing, and most libraries wait for it
as long as the kernel does.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import connections, transaction
from django.db.utils import DEFAULT_DB_ALIAS

from nexus.core import background

__all__ = ["SingleFlight", "database_deadline", "result_before"]

# By then PostgreSQL has given a statement up by itself, if it still runs.
GRACE_S = 1.0

Result = TypeVar("Result")


@dataclass
class SingleFlight(Generic[Result]):
    """Work that one thread at most is about, and that everybody waits for as long as they want.

    Who comes while it is under way waits for the same. A fork begins its own.
    """

    name: str
    work: Callable[[], Result]
    _thread: threading.Thread | None = None
    _result: "Future[Result]" = field(default_factory=Future)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> "Future[Result]":
        """Return what will be its result; it is begun unless it is under way."""
        with self._lock:
            under_way = self._thread is not None and self._thread.is_alive()
            if not under_way or self._result.done():
                self._result = Future()
                work = partial(self._carry_out, self._result)
                self._thread = background.start(work, name=self.name)
            return self._result

    def wait(self, ends_at: float) -> Result:
        """Return its result. Raises what it raised, and `TimeoutError` at `ends_at` (monotonic)."""
        return result_before(ends_at, self.start())

    def _carry_out(self, result: "Future[Result]") -> None:
        try:
            done = self.work()
        except BaseException as error:  # noqa: BLE001 -- whoever waits has to hear of it
            connections.close_all()
            result.set_exception(error)
        else:
            # The thread ends, and with it nobody would close them.
            connections.close_all()
            result.set_result(done)


def result_before(ends_at: float, result: "Future[Result]") -> Result:
    """Return a result. Raises what it raised, and `TimeoutError` at `ends_at` (monotonic)."""
    return result.result(max(0.0, ends_at - time.monotonic()))


@contextmanager
def database_deadline(seconds: float) -> Iterator[None]:
    """Read from the database in one transaction of this thread that hangs at nothing.

    PostgreSQL gives up a statement that takes longer; a server that does not even do that is hung
    up on a second later. To connect may take as long as `connect_timeout` says besides. Raises the
    errors of databases.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    kept: Any = connection.connection
    with (
        _disconnect_after(kept.fileno(), seconds + GRACE_S),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL statement_timeout = '{int(seconds * 1000)}ms'")
        yield


@contextmanager
def _disconnect_after(descriptor: int, seconds: float) -> Iterator[None]:
    """Break a connection after a while, so that whoever waits for it gets an error."""
    with socket.socket(fileno=os.dup(descriptor)) as line:
        timer = threading.Timer(seconds, _disconnect, (line,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            # Its number may be another file's once it is closed.
            timer.join()


def _disconnect(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
