"""Shapes of queries: what decides the text of a statement, apart from each request's values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Expression, QuerySet
from rest_framework import serializers

from nexus.api.sql_json.columns import NotCompilableError

__all__ = ["FindRows", "QueryShape", "query_shape"]

FindRows = Callable[..., QuerySet[Any]]
"""Returns the rows for some filters; takes an expression wherever it takes a text or a decimal."""


@dataclass(frozen=True, slots=True)
class QueryShape:
    """All that decides the text of a statement.

    `bound` names the filters whose values come with each request; `fixed` are those that are
    written into the text. `computed` maps properties of the model to SQL. Without a `size` the
    statement returns one row.
    """

    serializer: type[serializers.BaseSerializer[Any]]
    find: FindRows
    bound: tuple[str, ...]
    fixed: tuple[tuple[str, Any], ...]
    order: tuple[str, ...] = ()
    size: int | None = None
    has_cursor: bool = False
    computed: tuple[tuple[str, Expression], ...] = ()


def query_shape(  # noqa: PLR0913 -- each part of a query's shape is one
    serializer: type[serializers.BaseSerializer[Any]],
    find: FindRows,
    filters: Mapping[str, Any],
    *,
    order: Sequence[str] = (),
    size: int | None = None,
    has_cursor: bool = False,
    computed: Mapping[str, Expression] | None = None,
) -> QueryShape:
    """Return the shape of a query: which values of `filters` are bound and which are fixed.

    Raises `NotCompilableError` for a value that can be neither.
    """
    # A row is looked up by its key, which has many values.
    bound = {name for name, value in filters.items() if size is None or _is_bound(value)}
    fixed = {name: value for name, value in filters.items() if name not in bound}
    for name, value in fixed.items():
        if not isinstance(value, bool | int | tuple):
            kind = type(value).__name__
            raise NotCompilableError(f"The filter {name} is a {kind}, which no statement may keep.")
    return QueryShape(
        serializer,
        find,
        tuple(name for name in filters if name in bound),
        tuple(fixed.items()),
        tuple(order),
        size,
        has_cursor,
        tuple((computed or {}).items()),
    )


def _is_bound(value: Any) -> bool:
    return isinstance(value, str | Decimal | dict | Expression)
