"""Execution: the compiled statement of each shape of a query, and its rows as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import F

from nexus.api.sql_json.compile import Document, compile_parts, group_columns
from nexus.api.sql_json.shapes import QueryShape
from nexus.core.database.keyset import behind, key_names, read_cursor, write_cursor
from nexus.core.database.prepared import Parameter, Statement

__all__ = ["compile_statement", "execute_detail", "execute_list"]

MAX_STATEMENTS = 1_000
"""Statements that are kept; one takes some 10 kB."""


def execute_list(
    shape: QueryShape, filters: Mapping[str, Any], after: str
) -> tuple[str, str | None]:
    """Return the rows of a page as a JSON array, and the cursor of the next page.

    Raises `CursorError`.
    """
    statement = compile_statement(shape)
    if statement is None or shape.size is None:
        return "[]", None
    values = dict(filters)
    if after:
        key = read_cursor(statement.statement.model, order=shape.order, after=after)
        values |= {f"after_{number}": value for number, value in enumerate(key)}
    rows = statement.statement.rows(values)
    page = rows[: shape.size]
    last = page[-1][statement.width :] if len(rows) > len(page) else None
    text = ",".join([statement.text(row) for row in page])
    return f"[{_escape(text)}]", write_cursor(last) if last else None


def execute_detail(shape: QueryShape, filters: Mapping[str, Any]) -> str | None:
    """Return the one row that matches as a JSON object, or None where none does."""
    statement = compile_statement(shape)
    rows = statement.statement.rows(filters) if statement else ()
    return _escape(statement.text(rows[0])) if statement and rows else None


@dataclass(frozen=True, slots=True)
class JsonStatement:
    """A statement whose first `width` columns are the parts of a row's JSON text.

    PostgreSQL keeps JSON documents in a form of its own, with other spaces and numbers. So these
    columns, `documents` by their position, are written by the serializer's own fields.
    """

    statement: Statement
    width: int
    documents: Mapping[int, Document]

    def text(self, row: Sequence[Any]) -> str:
        """Return the JSON object of a row."""
        if not self.documents:
            # Without documents all of it is one part.
            whole: str = row[0]
            return whole
        return "".join(
            self.documents[position].text(part) if position in self.documents else part
            for position, part in enumerate(row[: self.width])
        )


@lru_cache(maxsize=MAX_STATEMENTS)
def compile_statement(shape: QueryShape) -> JsonStatement | None:
    """Return the statement of a shape, or None where no row can match its fixed filters.

    Raises `NotCompilableError`.
    """
    filters = {**dict(shape.fixed), **{name: Parameter(name) for name in shape.bound}}
    rows = shape.find(**filters)
    parts = list(compile_parts(shape.serializer(), rows, computed=dict(shape.computed)))
    columns = list(group_columns(parts))
    names = [f"part_{number}" for number in range(len(columns))]
    annotations = {
        name: F(column.source) if isinstance(column, Document) else column
        for name, column in zip(names, columns, strict=True)
    }
    if shape.size is not None:
        rows = rows.order_by(*shape.order)
        if shape.has_cursor:
            key = [Parameter(f"after_{number}") for number in range(len(shape.order))]
            rows = behind(rows, order=shape.order, key=key)
        names += key_names(shape.order)
    selected = rows.annotate(**annotations).values_list(*names)[: (shape.size or 0) + 1]
    # Where a page begins decides nothing about the plan, and neither does which row it is.
    spelled = shape.size is not None and bool(shape.bound or shape.fixed)
    try:
        statement = Statement.of(selected, spelled=spelled)
    except EmptyResultSet:
        return None
    documents = {n: column for n, column in enumerate(columns) if isinstance(column, Document)}
    return JsonStatement(statement, len(columns), documents)


def _escape(text: str) -> str:
    """Escape what JSON may hold and JavaScript may not, as `JSONRenderer` does."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
