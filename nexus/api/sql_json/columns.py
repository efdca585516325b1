"""Which SQL writes a column as a serializer's field shows it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Expression, F
from rest_framework import ISO_8601, serializers
from rest_framework.settings import api_settings

from nexus.api.sql_json.expressions import IsoDate, IsoDateTime, Quoted, ToJson

__all__ = ["NotCompilableError", "expression_for", "overrides_representation"]


class NotCompilableError(Exception):
    """The serializer has a field that cannot be compiled; the message names it."""


def expression_for(field: Any, column: Any) -> Callable[[F], Expression]:
    """Return the expression that writes a column's values as a field shows them."""
    if isinstance(column, models.GeneratedField):
        column = column.output_field
    if isinstance(column, models.ForeignKey):
        column = column.target_field
    converts = hasattr(column, "from_db_value")
    for field_type, column_type, fits, write in EXPRESSIONS:
        if isinstance(field, field_type) and isinstance(column, column_type) and not converts:
            if overrides_representation(field, field_type) or not fits(field, column):
                break
            return write
    raise NotCompilableError(
        f"{type(field).__name__} of {type(column).__name__} cannot be written as JSON."
    )


def overrides_representation(field: Any, base: type[Any]) -> bool:
    """Return whether a subclass represents values in a way of its own."""
    return any(
        getattr(type(field), name) is not getattr(base, name)
        for name in ("to_representation", "get_attribute")
    )


def _always(_field: Any, _column: Any) -> bool:
    return True


def _is_number(field: Any, _column: Any) -> bool:
    return not getattr(field, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING)


def _has_same_decimals(field: Any, column: Any) -> bool:
    return bool(
        getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
        and not (field.localize or field.normalize_output)
        and field.decimal_places == column.decimal_places
        and (field.max_digits is None or field.max_digits >= column.max_digits)
    )


def _has_text_choices(field: Any, _column: Any) -> bool:
    return all(isinstance(value, str) for value in field.choices)


def _is_iso_datetime(field: Any, _column: Any) -> bool:
    format_ = getattr(field, "format", api_settings.DATETIME_FORMAT)
    return format_ == ISO_8601 and settings.TIME_ZONE == "UTC" and not hasattr(field, "timezone")


def _is_iso_date(field: Any, _column: Any) -> bool:
    return getattr(field, "format", api_settings.DATE_FORMAT) == ISO_8601


# Fields, the columns they may show, a condition, and the expression. Subclasses come first: a
# DateTimeField is a DateField to Django.
EXPRESSIONS: tuple[
    tuple[type[Any], type[Any], Callable[[Any, Any], bool], Callable[[F], Expression]], ...
] = (
    (serializers.BigIntegerField, models.IntegerField, _is_number, ToJson),
    (serializers.IntegerField, models.IntegerField, _always, ToJson),
    (serializers.BooleanField, models.BooleanField, _always, ToJson),
    (serializers.CharField, models.CharField, _always, ToJson),
    (serializers.CharField, models.TextField, _always, ToJson),
    (serializers.ChoiceField, models.CharField, _has_text_choices, ToJson),
    (serializers.DecimalField, models.DecimalField, _has_same_decimals, Quoted),
    (serializers.DateTimeField, models.DateTimeField, _is_iso_datetime, IsoDateTime),
    (serializers.DateField, models.DateField, _is_iso_date, IsoDate),
)
