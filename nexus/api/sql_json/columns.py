"""Columns: which SQL writes a column as a serializer's field shows it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Expression, F
from rest_framework import ISO_8601, serializers
from rest_framework.settings import api_settings

from nexus.api.sql_json.expressions import AsJson, Day, InQuotes, Moment

__all__ = ["NotDerivedError", "says_more", "writer_of"]


class NotDerivedError(Exception):
    """The serializer says something that is not derived; the message names it."""


def writer_of(field: Any, column: Any) -> Callable[[F], Expression]:
    """Give what writes a column's values as a field shows them."""
    if isinstance(column, models.GeneratedField):
        column = column.output_field
    if isinstance(column, models.ForeignKey):
        column = column.target_field
    kept = hasattr(column, "from_db_value")
    for shown, stored, fits, write in WRITTEN:
        if isinstance(field, shown) and isinstance(column, stored) and not kept:
            if says_more(field, shown) or not fits(field, column):
                break
            return write
    raise NotDerivedError(f"{type(field).__name__} of {type(column).__name__} is not known.")


def says_more(field: Any, known: type[Any]) -> bool:
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
