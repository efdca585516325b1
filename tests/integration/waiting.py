"""Waiting until another connection waits for this one."""

import threading
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["await_blocked"]


def await_blocked(work: "Future[Any]") -> None:
    """Wait until this work waits for a lock that this connection holds."""
    # Not pg_stat_activity: within a transaction it goes on showing what it showed first.
    blocked = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(200):
        assert not work.done(), f"It did not wait: {work.exception()!r}."
        with connection.cursor() as cursor:
            cursor.execute(blocked)
            if cursor.fetchone() != (0,):
                return
        threading.Event().wait(0.05)
    raise AssertionError("Nobody waits.")
