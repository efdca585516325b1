"""Answers: the statement of each shape of a question, kept, and its rows as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import F

from nexus.api.sql_json.columns import NotDerivedError
from nexus.api.sql_json.compile import Document, columns_of, parts_of
from nexus.api.sql_json.shapes import Question
from nexus.core.database.keyset import behind, key_names, read_cursor, write_cursor
from nexus.core.database.prepared import Parameter, Statement

__all__ = ["one", "page"]

KEPT = 1_000

"""Shapes whose statements are kept; one takes some 10 kB."""


def page(asked: Question, filters: Mapping[str, Any], after: str) -> tuple[str, str | None] | None:
    """Give the rows of a page as a JSON array, and the cursor of the next page.

    Nothing where the serializer cannot be derived. Raises `CursorError`.
    """
    shape = _shape(asked)
    if shape is None or asked.size is None:
        return None
    given = dict(filters)
    if after:
        key = read_cursor(shape.statement.model, order=asked.order, after=after)
        given |= {f"after_{number}": value for number, value in enumerate(key)}
    rows = shape.statement.rows(given)
    shown = rows[: asked.size]
    last = shown[-1][shape.width :] if len(rows) > len(shown) else None
    text = ",".join([shape.text(row) for row in shown])
    return f"[{_safe(text)}]", write_cursor(last) if last else None


def one(asked: Question, filters: Mapping[str, Any]) -> str | None:
    """Give the one row that fits as a JSON object; nothing where none does, or not derived."""
    shape = _shape(asked)
    rows = shape.statement.rows(filters) if shape else ()
    return _safe(shape.text(rows[0])) if shape and rows else None


@dataclass(frozen=True, slots=True)
class Shape:
    """A statement whose first `width` columns are the parts of a row's JSON text.

    PostgreSQL keeps JSON documents in a form of its own, with other spaces and numbers. So these
    columns, `documents` by their place, are written by the serializer's own fields.
    """

    statement: Statement
    width: int
    documents: Mapping[int, "Document"]

    def text(self, row: Sequence[Any]) -> str:
        """Give the JSON object of a row."""
        if not self.documents:
            # Without documents all of it is one part.
            whole: str = row[0]
            return whole
        return "".join(
            self.documents[place].text(part) if place in self.documents else part
            for place, part in enumerate(row[: self.width])
        )


@lru_cache(maxsize=KEPT)
def _shape(asked: Question) -> Shape | None:
    rows = asked.find(**dict(asked.fixed), **{name: Parameter(name) for name in asked.bound})
    try:
        parts = list(parts_of(asked.serializer(), rows, computed=dict(asked.computed)))
        columns = list(columns_of(parts))
        names = [f"part_{number}" for number in range(len(columns))]
        shown = {
            name: F(column.source) if isinstance(column, Document) else column
            for name, column in zip(names, columns, strict=True)
        }
        if asked.size is not None:
            rows = rows.order_by(*asked.order)
            if asked.is_behind:
                key = [Parameter(f"after_{number}") for number in range(len(asked.order))]
                rows = behind(rows, order=asked.order, key=key)
            names += key_names(asked.order)
        chosen = rows.annotate(**shown).values_list(*names)[: (asked.size or 0) + 1]
        # Where a page begins decides nothing about the plan, and neither does which row it is.
        spelled = asked.size is not None and bool(asked.bound or asked.fixed)
        statement = Statement.of(chosen, spelled=spelled)
    except (NotDerivedError, EmptyResultSet):
        return None
    documents = {n: column for n, column in enumerate(columns) if isinstance(column, Document)}
    return Shape(statement, len(columns), documents)


def _safe(text: str) -> str:
    """Escape what JSON may hold and JavaScript may not, as `JSONRenderer` does."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
