"""How a view declares that PostgreSQL writes its answers, and the check of that at start."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Expression
from rest_framework import serializers

from nexus.api.sql_json.columns import NotCompilableError
from nexus.api.sql_json.execute import compile_statement
from nexus.api.sql_json.shapes import FindRows, QueryShape, query_shape
from nexus.core.database.prepared import Parameter

__all__ = ["SqlJson", "compile_view"]


@dataclass(frozen=True)
class SqlJson:
    """A view whose public answers PostgreSQL writes, from the rows that `find` returns.

    `key` names the argument of `find` that identifies one row; a list has none. `computed` maps
    properties of the model that the serializer shows to SQL. With one of the filters in
    `serialized_with` the serializer answers instead: a statement may not keep a date, since
    whether a night can be booked depends on today.
    """

    find: FindRows
    key: str = ""
    computed: Mapping[str, Expression] = field(default_factory=dict)
    serialized_with: frozenset[str] = frozenset()

    def answers(self, filters: Mapping[str, Any]) -> bool:
        """Return whether PostgreSQL writes the answer to a request with these filters."""
        return not self.serialized_with.intersection(filters)

    def shape(
        self,
        serializer: type[serializers.BaseSerializer[Any]],
        filters: Mapping[str, Any],
        *,
        order: Sequence[str] = (),
        size: int | None = None,
        has_cursor: bool = False,
    ) -> QueryShape:
        """Return the shape of the query with these filters."""
        return query_shape(
            serializer,
            self.find,
            filters,
            order=order,
            size=size,
            has_cursor=has_cursor,
            computed=self.computed,
        )


def compile_view(
    view: type,
    declared: SqlJson,
    serializer: type[serializers.BaseSerializer[Any]],
    orders: Iterable[Sequence[str]],
    size: int,
) -> None:
    """Compile what a view's most frequent requests need.

    Raises `NotCompilableError`, which names the view and the field that cannot be compiled.
    """
    filters = {declared.key: Parameter(declared.key)} if declared.key else {}
    try:
        if declared.key:
            compile_statement(declared.shape(serializer, filters))
        else:
            for order in orders:
                compile_statement(declared.shape(serializer, {}, order=order, size=size))
    except NotCompilableError as error:
        raise NotCompilableError(
            f"{view.__module__}.{view.__qualname__} declares sql_json, but {error} "
            "Change the serializer, or remove sql_json from the view."
        ) from error
