"""Waiting until another connection waits for this one."""

from typing import TYPE_CHECKING, Any

from django.db import connection

from tests.waiting import until

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["await_blocked"]

# Not pg_stat_activity: within a transaction it goes on showing what it showed first.
BLOCKED = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def await_blocked(work: "Future[Any]") -> None:
    """Wait until this work waits for a lock that this connection holds."""

    def blocked() -> bool:
        assert not work.done(), f"It did not wait: {work.exception()!r}."
        with connection.cursor() as cursor:
            cursor.execute(BLOCKED)
            return bool(cursor.fetchone() != (0,))

    assert until(blocked), "Nobody waits."
