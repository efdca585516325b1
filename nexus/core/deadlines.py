"""Deadlines for work that may hang, such as a query to a server that has stopped.

A server that is stopped or cut off does not refuse connections: it sends nothing, and most
libraries wait as long as the kernel does.
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

# By then PostgreSQL has cancelled the statement itself, if it still responds.
GRACE_S = 1.0

Result = TypeVar("Result")


@dataclass
class SingleFlight(Generic[Result]):
    """A single-flight job: one thread runs it, and concurrent callers share its result.

    Each caller has its own deadline. A forked process starts its own job.
    """

    name: str
    work: Callable[[], Result]
    _thread: threading.Thread | None = None
    _result: "Future[Result]" = field(default_factory=Future)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> "Future[Result]":
        """Return the future of the result; start the job unless it is already running."""
        with self._lock:
            is_running = self._thread is not None and self._thread.is_alive()
            if not is_running or self._result.done():
                self._result = Future()
                work = partial(self._carry_out, self._result)
                self._thread = background.start(work, name=self.name)
            return self._result

    def wait(self, ends_at: float) -> Result:
        """Return the result.

        Raises what the job raised, or `TimeoutError` at `ends_at` (monotonic).
        """
        return result_before(ends_at, self.start())

    def _carry_out(self, result: "Future[Result]") -> None:
        try:
            value = self.work()
        except BaseException as error:  # noqa: BLE001 -- the waiting callers must receive it
            connections.close_all()
            result.set_exception(error)
        else:
            # The thread ends here, and nothing else would close its connections.
            connections.close_all()
            result.set_result(value)


def result_before(ends_at: float, result: "Future[Result]") -> Result:
    """Return a future's result.

    Raises its exception, or `TimeoutError` at `ends_at` (monotonic).
    """
    return result.result(max(0.0, ends_at - time.monotonic()))


@contextmanager
def database_deadline(seconds: float) -> Iterator[None]:
    """Read from the database in one transaction of this thread, within a time limit.

    PostgreSQL cancels a statement that takes longer; if it does not respond at all, the connection
    is closed one second later. Connecting takes up to `connect_timeout` in addition. Raises
    database errors.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    psycopg_connection: Any = connection.connection
    with (
        _disconnect_after(psycopg_connection.fileno(), seconds + GRACE_S),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL statement_timeout = '{int(seconds * 1000)}ms'")
        yield


@contextmanager
def _disconnect_after(descriptor: int, seconds: float) -> Iterator[None]:
    """Shut a socket down after a while, so that a thread waiting on it gets an error."""
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        timer = threading.Timer(seconds, _disconnect, (connection,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            # Once the socket is closed, its descriptor may belong to another file.
            timer.join()


def _disconnect(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
