"""The bench of a lab: Django's ORM on the run's own PostgreSQL database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import django
import psycopg
from django.db import connection
from django.db.utils import ProgrammingError

__all__ = ["DjangoBench"]

SETTINGS = (
    "server_version",
    "shared_buffers",
    "work_mem",
    "fsync",
    "synchronous_commit",
    "max_connections",
    "jit",
    "default_transaction_isolation",
)


class DjangoBench:
    """Connections, exact counts and quiet between rounds, for the experiment engine."""

    def __init__(self, *, writes: bool) -> None:
        self.writes = writes

    def open(self) -> None:
        """Open a fresh connection for the calling thread."""
        connection.close()
        connection.ensure_connection()

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection.close()

    @contextmanager
    def counting(self) -> Iterator[Mapping[str, int]]:
        """Count the statements of the body and the rows they returned or changed."""
        counts = {"queries": 0, "rows": 0}

        def count(
            execute: Callable[..., Any],
            statement: str,
            params: object,
            many: bool,  # noqa: FBT001 -- Django calls it so
            context: dict[str, Any],
        ) -> object:
            result = execute(statement, params, many, context)
            counts["queries"] += 1
            counts["rows"] += max(context["cursor"].rowcount, 0)
            return result

        with connection.execute_wrapper(count):
            yield counts

    def settle(self) -> None:
        """Let the server finish what earlier writes left to do, so that no unit pays for it."""
        if not self.writes:
            return
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
            # Only some users may force one; else it comes when the server thinks fit.
            with suppress(ProgrammingError):
                cursor.execute("CHECKPOINT")

    def describe(self) -> Mapping[str, str]:
        """Name the versions and the settings that a result depends on."""
        described = {"django": django.get_version(), "psycopg": psycopg.__version__}
        with connection.cursor() as cursor:
            for name in SETTINGS:
                cursor.execute("SELECT current_setting(%s)", [name])
                key = "postgresql" if name == "server_version" else f"postgresql.{name}"
                described[key] = str(cursor.fetchone()[0])
        return described
