"""Expressions: values of PostgreSQL as JSON text, and concatenated text."""

from typing import TYPE_CHECKING, Any

from django.db.models import Expression, Func, TextField

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

__all__ = ["ConcatText", "IsoDate", "IsoDateTime", "JsonArray", "Literal", "Quoted", "ToJson"]


class Literal(Expression):
    """JSON text that is part of the statement: member names and punctuation."""

    def __init__(self, text: str) -> None:
        super().__init__(output_field=TextField())
        self.text = text

    def as_sql(self, _compiler: "SQLCompiler", _connection: "BaseDatabaseWrapper") -> Any:
        """Quote the text for SQL and for psycopg's placeholders."""
        quoted = self.text.replace("'", "''").replace("%", "%%")
        return f"'{quoted}'", []


class ConcatText(Func):
    """Concatenated text."""

    function = "concat"
    output_field = TextField()


class ToJson(Func):
    """A value as JSON; NULL as null."""

    template = "coalesce(to_json(%(expressions)s), 'null')"
    output_field = TextField()


class Quoted(Func):
    """The text of a value that needs no escaping in quotes; NULL as null."""

    template = "coalesce('\"' || %(expressions)s || '\"', 'null')"
    output_field = TextField()


class IsoDateTime(Func):
    """A timestamp as in Python's `isoformat`: without a fraction if it is 0."""

    template = (
        "coalesce('\"' || replace(to_char(%(expressions)s AT TIME ZONE 'UTC', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '') || 'Z\"', 'null')"
    )
    output_field = TextField()


class IsoDate(Func):
    """A date."""

    template = "coalesce(to_char(%(expressions)s, '\"YYYY-MM-DD\"'), 'null')"
    output_field = TextField()


class JsonArray(Func):
    """The texts of an array as a JSON array."""

    template = "'[' || array_to_string(%(expressions)s, ',') || ']'"
    output_field = TextField()
