"""SQL that the ORM compiles once and that is executed many times with different values.

Compiling a statement takes Django longer than PostgreSQL needs to execute it. So a queryset is
built once, with a `Parameter` in place of each value, and its SQL is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections, router
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Model, QuerySet

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

__all__ = ["Parameter", "Statement"]


class Parameter(Expression):
    """A placeholder for a value that is passed with each execution."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: "SQLCompiler", _connection: "BaseDatabaseWrapper") -> Any:
        """Return a placeholder, with this object in place of its value."""
        return "%s", [self]


@dataclass(frozen=True, slots=True)
class Statement:
    """The SQL of a query, and its values, some of which are `Parameter`s.

    The values of a `spelled` statement are sent as literals in its text: PostgreSQL plans it for
    these values. Those of any other statement are bound by the server, and one prepared plan serves
    them all. That is right only if the best plan does not depend on them, as with the start of a
    page. The values of a filter decide how many rows match and so which index is best: 3 or 300,000
    of a million products.
    """

    model: type[Model]
    sql: str
    values: tuple[Any, ...]
    spelled: bool

    @classmethod
    def of(cls, rows: QuerySet[Any, Any], *, spelled: bool) -> "Statement":
        """Compile a queryset, with the columns of its `values_list`."""
        sql, values = rows.query.get_compiler(using=rows.db).as_sql()
        return cls(rows.model, sql, tuple(values), spelled)

    def rows(self, parameters: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Execute the statement with the values of its parameters and return all rows."""
        connection: Any = connections[router.db_for_read(self.model)]
        values = [
            _adapted(parameters[value.name], connection) if isinstance(value, Parameter) else value
            for value in self.values
        ]
        with connection.cursor() as cursor:
            if not self.spelled:
                # Django binds values on the client, for all queries of a connection or for none.
                cursor.cursor = server_side(connection.connection)
            cursor.execute(self.sql, values)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows


# The class is psycopg's with Django's mixin, which the stubs do not show.
server_side: Any = ServerBindingCursor


def _adapted(value: Any, connection: Any) -> Any:
    if isinstance(value, Mapping):
        return connection.ops.adapt_json_value(dict(value), None)
    return value
