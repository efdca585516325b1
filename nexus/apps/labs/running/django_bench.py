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
    """Connections, exact counts and maintenance between rounds, for the experiment engine."""

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
            many: bool,  # noqa: FBT001 -- Django passes it by position
            context: dict[str, Any],
        ) -> object:
            result = execute(statement, params, many, context)
            counts["queries"] += 1
            counts["rows"] += max(context["cursor"].rowcount, 0)
            return result

        with connection.execute_wrapper(count):
            yield counts

    def settle(self) -> None:
        """Run the maintenance that earlier writes require, so that no measurement includes it."""
        if not self.writes:
            return
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
            # Needs a privilege; without it the server chooses the time.
            with suppress(ProgrammingError):
                cursor.execute("CHECKPOINT")

    def describe(self) -> Mapping[str, str]:
        """Return the versions and settings that a result depends on."""
        environment = {"django": django.get_version(), "psycopg": psycopg.__version__}
        with connection.cursor() as cursor:
            for name in SETTINGS:
                cursor.execute("SELECT current_setting(%s)", [name])
                key = "postgresql" if name == "server_version" else f"postgresql.{name}"
                environment[key] = str(cursor.fetchone()[0])
        return environment
