"""The JSON object that a serializer makes of a row, field by field, as text and SQL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Case, Expression, F, OuterRef, Prefetch, QuerySet, TextField, When
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from nexus.api.sql_json.columns import NotCompilableError, expression_for, overrides_representation
from nexus.api.sql_json.expressions import ConcatText, JsonArray, Literal, ToJson

__all__ = ["Document", "Part", "compile_parts", "group_columns"]

MAX_ARGUMENTS = 90

"""PostgreSQL takes 100."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON column and the field that shows it."""

    source: str
    column: "models.JSONField[Any, Any]"
    field: "serializers.Field[Any, Any, Any, Any]"

    def text(self, stored: str | None) -> str:
        """Return what the field makes of a document."""
        if stored is None:
            return "null"
        value = json.loads(stored, cls=self.column.decoder)
        return JSONRenderer().render(self.field.to_representation(value)).decode() or "null"


Part = str | Expression | Document


def compile_parts(
    serializer: serializers.BaseSerializer[Any],
    rows: QuerySet[Any],
    *,
    prefix: str = "",
    computed: Mapping[str, Expression] | None = None,
) -> Iterator[Part]:
    """Walk a serializer's fields and yield the parts of the object that it makes of a row.

    Raises `NotCompilableError`, which names the field.
    """
    name = type(serializer).__name__
    if not isinstance(serializer, serializers.Serializer) or overrides_representation(
        serializer, serializers.Serializer
    ):
        raise NotCompilableError(f"{name} has a representation of its own.")
    before = "{"
    for field in serializer.fields.values():
        if field.write_only:
            continue
        yield f"{before}{json.dumps(field.field_name)}:"
        try:
            yield from _value(field, rows, prefix, computed or {})
        except NotCompilableError as error:
            raise NotCompilableError(
                f"{name}.{field.field_name} is not compiled: {error}"
            ) from error
        before = ","
    if before == "{":
        raise NotCompilableError(f"{name} has no fields to show.")
    yield "}"


def group_columns(parts: Sequence[Part]) -> Iterator[Expression | Document]:
    """Join the parts that PostgreSQL writes, so that only documents are columns of their own."""
    for is_document, members in groupby(parts, lambda part: isinstance(part, Document)):
        if is_document:
            yield from members  # type: ignore[misc]
            continue
        # Adjacent literals are one text.
        expressions: list[Any] = []
        for is_text, run in groupby(members, lambda part: isinstance(part, str)):
            items: list[Any] = list(run)
            expressions += [Literal("".join(items))] if is_text else items
        while len(expressions) > MAX_ARGUMENTS:
            chunks = range(0, len(expressions), MAX_ARGUMENTS)
            expressions = [ConcatText(*expressions[at : at + MAX_ARGUMENTS]) for at in chunks]
        yield ConcatText(*expressions)


def _value(
    field: Any, rows: QuerySet[Any], prefix: str, computed: Mapping[str, Expression]
) -> Iterator[Part]:
    if field.source in computed:
        yield ToJson(computed[field.source])
        return
    try:
        column: Any = _model(rows, prefix)._meta.get_field(field.source)  # noqa: SLF001 -- Django's documented way to a field
    except FieldDoesNotExist as error:
        raise NotCompilableError(f"{field.source} is not a column.") from error
    source = f"{prefix}{field.source}"
    if isinstance(field, serializers.ListSerializer):
        yield _list(field, rows, prefix, column)
    elif isinstance(field, serializers.BaseSerializer):
        yield from _related(field, rows, source, column)
    elif type(column) is models.JSONField and _is_plain(field):
        yield Document(source, column, field)
    elif isinstance(column, models.ForeignKey) and field.source != column.attname:
        raise NotCompilableError(f"{field.source} is a related row, not a column.")
    else:
        yield expression_for(field, column)(F(source))


def _related(
    field: serializers.BaseSerializer[Any], rows: QuerySet[Any], source: str, column: Any
) -> Iterator[Part]:
    if not isinstance(column, models.ForeignKey):
        raise NotCompilableError(f"{source} is not a foreign key.")
    parts = compile_parts(field, rows, prefix=f"{source}__")
    if not column.null:
        yield from parts
        return
    columns = list(group_columns(list(parts)))
    if len(columns) > 1 or isinstance(columns[0], Document):
        raise NotCompilableError(f"{source} is nullable and has a JSON document.")
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
    # Only the prefetched queryset says which rows, and in which order.
    if (
        inner is None
        or not column.one_to_many
        or overrides_representation(field, serializers.ListSerializer)
    ):
        raise NotCompilableError(
            f"{field.source} is not a relation that the queryset prefetches with an order."
        )
    inner = inner.filter(**{column.field.name: OuterRef(f"{prefix}pk")})
    columns = list(group_columns(list(compile_parts(cast("Any", field.child), inner))))
    if len(columns) > 1 or isinstance(columns[0], Document):
        raise NotCompilableError(f"{field.source} has JSON documents.")
    return JsonArray(ArraySubquery(inner.annotate(text=columns[0]).values_list("text")))


def _is_plain(field: Any) -> bool:
    return type(field).get_attribute is serializers.Field.get_attribute


def _model(rows: QuerySet[Any], prefix: str) -> type[models.Model]:
    model: Any = rows.model
    for name in prefix.split("__")[:-1]:
        model = model._meta.get_field(name).related_model  # noqa: SLF001 -- Django's documented way to a field
    return model  # type: ignore[no-any-return]
