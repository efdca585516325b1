"""SQL that the ORM writes once and that is carried out many times, with other values each time.

To write a statement costs Django more than PostgreSQL needs to answer it. So a queryset is made
once with a `Parameter` wherever a value will stand, and what is kept of it is its text.
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
    """The place of a value that is named now and given with each execution."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, _compiler: "SQLCompiler", _connection: "BaseDatabaseWrapper") -> Any:
        """Return a placeholder, and itself as what stands for the value."""
        return "%s", [self]


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of a query, and its values with `Parameter`s among them.

    Values of a `spelled` statement are sent within its text: PostgreSQL plans it for just these
    values. Those of any other are bound by the server, and one prepared plan serves them all. That
    is right only where the plan does not depend on them, as where a page begins. A filter's values
    decide how many rows are left and so which index is best: 3 or 300,000 of a million products.
    """

    model: type[Model]
    sql: str
    values: tuple[Any, ...]
    spelled: bool

    @classmethod
    def of(cls, rows: QuerySet[Any, Any], *, spelled: bool) -> "Statement":
        """Write the SQL of a queryset down, with the columns that its `values_list` names."""
        sql, values = rows.query.get_compiler(using=rows.db).as_sql()
        return cls(rows.model, sql, tuple(values), spelled)

    def rows(self, given: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Carry the statement out with the values of its parameters, and give all its rows."""
        connection: Any = connections[router.db_for_read(self.model)]
        values = [
            _adapted(given[value.name], connection) if isinstance(value, Parameter) else value
            for value in self.values
        ]
        with connection.cursor() as cursor:
            if not self.spelled:
                # Django binds values on its own side, for all queries of a connection or for none.
                cursor.cursor = server_side(connection.connection)
            cursor.execute(self.sql, values)
            found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return found


# The class is psycopg's with Django's mixin, which the stubs do not say.
server_side: Any = ServerBindingCursor


def _adapted(value: Any, connection: Any) -> Any:
    if isinstance(value, Mapping):
        return connection.ops.adapt_json_value(dict(value), None)
    return value
