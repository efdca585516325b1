"""Waiting for events elsewhere: in another process, or for a lock."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["await_blocked", "until"]

PATIENCE_S = 60.0

T = TypeVar("T")


def until(tell: Callable[[], T], *, patience_s: float = PATIENCE_S, pause_s: float = 0.1) -> T:
    """Call a function until its result is true; return it, or the last one."""
    ends = time.monotonic() + patience_s
    pause = threading.Event()
    while not (told := tell()) and time.monotonic() < ends:
        pause.wait(pause_s)
    return told


# Not pg_stat_activity, which within a transaction keeps showing its first result.
BLOCKED = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def await_blocked(work: "Future[Any]") -> None:
    """Wait until a thread waits for a lock that this connection holds."""

    def blocked() -> bool:
        assert not work.done(), f"It did not wait: {work.exception()!r}."
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            return bool(cursor.fetchone() != (0,))

    assert until(blocked), "Nobody waits."
