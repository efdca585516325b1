"""Answers that PostgreSQL writes as JSON itself, derived from the serializers.

A serializer declares a resource; with a queryset it says which SQL gives the same text. That text
is put together here from nested selects, written once for each shape of a question and carried out
with the values of each request: a page takes one query, and Python only joins its rows. What comes
out is what the serializer and `JSONRenderer` would give, byte for byte; a property test holds it to
that. A serializer that says more than columns and relations is not derived, and its view answers in
the ordinary way.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import models
from django.db.models import (
    Case,
    Expression,
    F,
    Func,
    OuterRef,
    Prefetch,
    QuerySet,
    TextField,
    When,
)
from rest_framework import ISO_8601, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.settings import api_settings

from nexus.core.keyset import behind, key_names, read_cursor, write_cursor
from nexus.core.statements import Parameter, Statement

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

__all__ = ["Find", "NotDerivedError", "Question", "is_askable", "one", "page", "question"]

Find = Callable[..., QuerySet[Any]]
"""Gives the rows for some filters; takes an expression where it takes a text or a decimal."""

KEPT = 1_000
"""Shapes whose statements are kept; one takes some 10 kB."""
MOST_ARGUMENTS = 90
"""PostgreSQL takes 100."""


class NotDerivedError(Exception):
    """The serializer says something that is not derived; the message names it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which shape of an answer is wanted: all that decides the text of a statement.

    `bound` names the filters whose values come with each request; `fixed` are those that stand in
    the text. `computed` says what properties of the model are in SQL. Without a `size` one row is
    wanted.
    """

    serializer: type[serializers.BaseSerializer[Any]]
    find: Find
    bound: tuple[str, ...]
    fixed: tuple[tuple[str, Any], ...]
    order: tuple[str, ...] = ()
    size: int | None = None
    is_behind: bool = False
    computed: tuple[tuple[str, Expression], ...] = ()


def is_askable(filters: Mapping[str, Any]) -> bool:
    """Say whether every value may stand in a statement that is kept.

    Days may not: whether one can be asked for depends on today, which a kept statement forgets.
    """
    return all(_is_bound(v) or isinstance(v, bool | int | tuple) for v in filters.values())


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


@dataclass(frozen=True, slots=True)
class Document:
    """A column of JSON, and the field that shows it."""

    source: str
    column: "models.JSONField[Any, Any]"
    field: "serializers.Field[Any, Any, Any, Any]"

    def text(self, kept: str | None) -> str:
        """Give what the field makes of a document."""
        if kept is None:
            return "null"
        value = json.loads(kept, cls=self.column.decoder)
        return JSONRenderer().render(self.field.to_representation(value)).decode() or "null"


Part = str | Expression | Document


@lru_cache(maxsize=KEPT)
def _shape(asked: Question) -> Shape | None:
    rows = asked.find(**dict(asked.fixed), **{name: Parameter(name) for name in asked.bound})
    try:
        parts = list(_object(asked.serializer(), rows, computed=dict(asked.computed)))
        columns = list(_columns(parts))
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


def _is_bound(value: Any) -> bool:
    return isinstance(value, str | Decimal | dict)


def question(  # noqa: PLR0913 -- what a view is asked
    serializer: type[serializers.BaseSerializer[Any]],
    find: Find,
    filters: Mapping[str, Any],
    *,
    order: Sequence[str] = (),
    size: int | None = None,
    after: str = "",
    computed: Mapping[str, Expression] | None = None,
) -> Question:
    """Give the shape of a question: which of the filters' values are bound, which are fixed."""
    # One row is found by what names it, of which there are many.
    bound = {name for name, value in filters.items() if size is None or _is_bound(value)}
    return Question(
        serializer,
        find,
        tuple(name for name in filters if name in bound),
        tuple((name, value) for name, value in filters.items() if name not in bound),
        tuple(order),
        size,
        bool(after),
        tuple((computed or {}).items()),
    )


class Literal(Expression):
    """JSON text that stands in the statement: names of members and signs between them."""

    def __init__(self, text: str) -> None:
        super().__init__(output_field=TextField())
        self.text = text

    def as_sql(self, _compiler: "SQLCompiler", _connection: "BaseDatabaseWrapper") -> Any:
        """Quote the text for SQL and for psycopg's placeholders."""
        quoted = self.text.replace("'", "''").replace("%", "%%")
        return f"'{quoted}'", []


class Together(Func):
    """Texts one after another."""

    function = "concat"
    output_field = TextField()


class AsJson(Func):
    """A value as JSON; a missing one as null."""

    template = "coalesce(to_json(%(expressions)s), 'null')"
    output_field = TextField()


class InQuotes(Func):
    """The text of a value that has no sign to be escaped, or null."""

    template = "coalesce('\"' || %(expressions)s || '\"', 'null')"
    output_field = TextField()


class Moment(Func):
    """A moment as Python's isoformat has it: without a fraction where that is nought."""

    template = (
        "coalesce('\"' || replace(to_char(%(expressions)s AT TIME ZONE 'UTC', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '') || 'Z\"', 'null')"
    )
    output_field = TextField()


class Day(Func):
    """A day."""

    template = "coalesce(to_char(%(expressions)s, '\"YYYY-MM-DD\"'), 'null')"
    output_field = TextField()


class Joined(Func):
    """The texts of an array with commas between them, as a JSON array."""

    template = "'[' || array_to_string(%(expressions)s, ',') || ']'"
    output_field = TextField()


def _object(
    serializer: serializers.BaseSerializer[Any],
    rows: QuerySet[Any],
    *,
    prefix: str = "",
    computed: Mapping[str, Expression] | None = None,
) -> Iterator[Part]:
    """Walk a serializer's fields and give the parts of the object that it makes of a row."""
    if not isinstance(serializer, serializers.Serializer) or _says_more(
        serializer, serializers.Serializer
    ):
        raise NotDerivedError(f"{type(serializer).__name__} has a form of its own.")
    before = "{"
    for field in serializer.fields.values():
        if field.write_only:
            continue
        yield f"{before}{json.dumps(field.field_name)}:"
        yield from _value(field, rows, prefix, computed or {})
        before = ","
    if before == "{":
        raise NotDerivedError("There is nothing to show.")
    yield "}"


def _value(
    field: Any, rows: QuerySet[Any], prefix: str, computed: Mapping[str, Expression]
) -> Iterator[Part]:
    if field.source in computed:
        yield AsJson(computed[field.source])
        return
    try:
        column: Any = _model(rows, prefix)._meta.get_field(field.source)  # noqa: SLF001 -- Django's documented way to a field
    except FieldDoesNotExist as error:
        raise NotDerivedError(f"{field.source} is no column.") from error
    source = f"{prefix}{field.source}"
    if isinstance(field, serializers.ListSerializer):
        yield _list(field, rows, prefix, column)
    elif isinstance(field, serializers.BaseSerializer):
        yield from _related(field, rows, source, column)
    elif type(column) is models.JSONField and _is_plain(field):
        yield Document(source, column, field)
    elif isinstance(column, models.ForeignKey) and field.source != column.attname:
        raise NotDerivedError(f"{field.source} is a row, and no column.")
    else:
        yield _column(field, column)(F(source))


def _related(
    field: serializers.BaseSerializer[Any], rows: QuerySet[Any], source: str, column: Any
) -> Iterator[Part]:
    if not isinstance(column, models.ForeignKey):
        raise NotDerivedError(f"{source} is not the one row that a row refers to.")
    parts = _object(field, rows, prefix=f"{source}__")
    if not column.null:
        yield from parts
        return
    columns = list(_columns(list(parts)))
    if len(columns) > 1 or isinstance(columns[0], Document):
        raise NotDerivedError(f"{source} may be missing, and holds a document.")
    missing = When(**{f"{source}__isnull": True}, then=Literal("null"))
    yield Case(missing, default=columns[0], output_field=TextField())


def _list(
    field: serializers.ListSerializer[Any], rows: QuerySet[Any], prefix: str, column: Any
) -> Expression:
    prefetched = {
        lookup.prefetch_to: lookup.queryset
        for lookup in rows._prefetch_related_lookups  # type: ignore[attr-defined] # noqa: SLF001 -- Django has no other way to what is read along
        if isinstance(lookup, Prefetch)
    }
    inner: QuerySet[Any] | None = prefetched.get(f"{prefix}{field.source}")
    # Only the queryset that is read along says which rows, and in which order.
    if inner is None or not column.one_to_many or _says_more(field, serializers.ListSerializer):
        raise NotDerivedError(f"{field.source} is not the rows of a relation that is read along.")
    inner = inner.filter(**{column.field.name: OuterRef(f"{prefix}pk")})
    columns = list(_columns(list(_object(cast("Any", field.child), inner))))
    if len(columns) > 1 or isinstance(columns[0], Document):
        raise NotDerivedError(f"{field.source} holds documents.")
    return Joined(ArraySubquery(inner.annotate(shown=columns[0]).values_list("shown")))


def _column(field: Any, column: Any) -> Callable[[F], Expression]:
    """Give what writes a column's values as a field shows them."""
    if isinstance(column, models.GeneratedField):
        column = column.output_field
    if isinstance(column, models.ForeignKey):
        column = column.target_field
    kept = hasattr(column, "from_db_value")
    for shown, stored, fits, write in WRITTEN:
        if isinstance(field, shown) and isinstance(column, stored) and not kept:
            if _says_more(field, shown) or not fits(field, column):
                break
            return write
    raise NotDerivedError(f"{type(field).__name__} of {type(column).__name__} is not known.")


def _is_plain(field: Any) -> bool:
    return type(field).get_attribute is serializers.Field.get_attribute


def _says_more(field: Any, known: type[Any]) -> bool:
    """Say whether a subclass shows values in a way of its own."""
    return any(
        getattr(type(field), name) is not getattr(known, name)
        for name in ("to_representation", "get_attribute")
    )


def _always(_field: Any, _column: Any) -> bool:
    return True


def _number(field: Any, _column: Any) -> bool:
    return not getattr(field, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING)


def _same_places(field: Any, column: Any) -> bool:
    return bool(
        getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
        and not (field.localize or field.normalize_output)
        and field.decimal_places == column.decimal_places
        and (field.max_digits is None or field.max_digits >= column.max_digits)
    )


def _only_texts(field: Any, _column: Any) -> bool:
    return all(isinstance(value, str) for value in field.choices)


def _plain_moment(field: Any, _column: Any) -> bool:
    shown = getattr(field, "format", api_settings.DATETIME_FORMAT)
    return shown == ISO_8601 and settings.TIME_ZONE == "UTC" and not hasattr(field, "timezone")


def _plain_day(field: Any, _column: Any) -> bool:
    return getattr(field, "format", api_settings.DATE_FORMAT) == ISO_8601


# Fields with the columns they may show, a condition, and what writes them. The narrower kinds come
# first: a moment is a day to Django's classes.
WRITTEN: tuple[
    tuple[type[Any], type[Any], Callable[[Any, Any], bool], Callable[[F], Expression]], ...
] = (
    (serializers.BigIntegerField, models.IntegerField, _number, AsJson),
    (serializers.IntegerField, models.IntegerField, _always, AsJson),
    (serializers.BooleanField, models.BooleanField, _always, AsJson),
    (serializers.CharField, models.CharField, _always, AsJson),
    (serializers.CharField, models.TextField, _always, AsJson),
    (serializers.ChoiceField, models.CharField, _only_texts, AsJson),
    (serializers.DecimalField, models.DecimalField, _same_places, InQuotes),
    (serializers.DateTimeField, models.DateTimeField, _plain_moment, Moment),
    (serializers.DateField, models.DateField, _plain_day, Day),
)


def _model(rows: QuerySet[Any], prefix: str) -> type[models.Model]:
    model: Any = rows.model
    for name in prefix.split("__")[:-1]:
        model = model._meta.get_field(name).related_model  # noqa: SLF001 -- Django's documented way to a field
    return model  # type: ignore[no-any-return]


def _columns(parts: Sequence[Part]) -> Iterator[Expression | Document]:
    """Put parts that PostgreSQL writes together, so that each document parts two columns."""
    for is_document, some in groupby(parts, lambda part: isinstance(part, Document)):
        if is_document:
            yield from some  # type: ignore[misc]
            continue
        # Signs that follow each other are one text.
        written: list[Any] = []
        for is_text, run in groupby(some, lambda part: isinstance(part, str)):
            together: list[Any] = list(run)
            written += [Literal("".join(together))] if is_text else together
        while len(written) > MOST_ARGUMENTS:
            chunks = range(0, len(written), MOST_ARGUMENTS)
            written = [Together(*written[at : at + MOST_ARGUMENTS]) for at in chunks]
        yield Together(*written)


def _safe(text: str) -> str:
    """Escape what JSON may hold and JavaScript may not, as `JSONRenderer` does."""
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
