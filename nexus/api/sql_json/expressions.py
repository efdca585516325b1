"""Expressions: values of PostgreSQL as JSON text, and texts put together."""

from typing import TYPE_CHECKING, Any

from django.db.models import Expression, Func, TextField

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

__all__ = ["ConcatText", "IsoDate", "IsoDateTime", "JsonArray", "Literal", "Quoted", "ToJson"]


class Literal(Expression):
    """JSON text that stands in the statement: names of members and signs between them."""

    def __init__(self, text: str) -> None:
        super().__init__(output_field=TextField())
        self.text = text

    def as_sql(self, _compiler: "SQLCompiler", _connection: "BaseDatabaseWrapper") -> Any:
        """Quote the text for SQL and for psycopg's placeholders."""
        quoted = self.text.replace("'", "''").replace("%", "%%")
        return f"'{quoted}'", []


class ConcatText(Func):
    """Texts one after another."""

    function = "concat"
    output_field = TextField()


class ToJson(Func):
    """A value as JSON; a missing one as null."""

    template = "coalesce(to_json(%(expressions)s), 'null')"
    output_field = TextField()


class Quoted(Func):
    """The text of a value that has no sign to be escaped, or null."""

    template = "coalesce('\"' || %(expressions)s || '\"', 'null')"
    output_field = TextField()


class IsoDateTime(Func):
    """A moment as Python's isoformat has it: without a fraction where that is nought."""

    template = (
        "coalesce('\"' || replace(to_char(%(expressions)s AT TIME ZONE 'UTC', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '') || 'Z\"', 'null')"
    )
    output_field = TextField()


class IsoDate(Func):
    """A day."""

    template = "coalesce(to_char(%(expressions)s, '\"YYYY-MM-DD\"'), 'null')"
    output_field = TextField()


class JsonArray(Func):
    """The texts of an array with commas between them, as a JSON array."""

    template = "'[' || array_to_string(%(expressions)s, ',') || ']'"
    output_field = TextField()
