"""Keyset pagination: each page begins after the last row of the previous one.

A cursor holds the values of the ordering fields in that row. Rows that are added or removed
meanwhile do not shift other rows to another page, and a deep page costs as much as the first. The
order must be total: its last field is unique.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

from nexus.core.errors import NexusError

if TYPE_CHECKING:
    from django.db.models import Field

__all__ = [
    "CursorError",
    "Edge",
    "Window",
    "behind",
    "key_names",
    "read_cursor",
    "window",
    "window_of_list",
    "write_cursor",
]

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class CursorError(NexusError):
    """Invalid cursor. Use a cursor from a response of the same list with the same order."""

    code = "cursor_invalid"
    status = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """An item, and the cursor of the page that begins after it."""

    node: T
    cursor: str


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """One page of a list, and whether another follows."""

    edges: tuple[Edge[T], ...]
    has_next: bool

    @property
    def items(self) -> list[T]:
        """The items of the page."""
        return [edge.node for edge in self.edges]

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the next page, or None on the last page."""
        return self.edges[-1].cursor if self.has_next and self.edges else None


def window(rows: QuerySet[M], *, order: Sequence[str], after: str, size: int) -> Window[M]:
    """Return at most `size` rows of a queryset, starting after the cursor `after`.

    `order` has field names as for `order_by`, all in one direction, the last one unique; none of
    them may be nullable. Raises `CursorError`.
    """
    names = key_names(order)
    page = rows.order_by(*order)
    if after:
        page = behind(page, order=order, key=read_cursor(rows.model, order=order, after=after))
    return _window([(row, _key(row, names)) for row in page[: size + 1]], size)


def key_names(order: Sequence[str]) -> list[str]:
    """Return the field names of an order; their values are the key of a row."""
    if len({name.startswith("-") for name in order}) != 1:
        raise ValueError("A keyset needs all fields of its order in one direction.")
    return [name.removeprefix("-") for name in order]


def behind(rows: QuerySet[M], *, order: Sequence[str], key: Sequence[Any]) -> QuerySet[M]:
    """Return the rows that come after `key` in `order`; `key` has values or expressions."""
    lookup = TupleLessThan if order[0].startswith("-") else TupleGreaterThan
    return rows.filter(lookup([F(name) for name in key_names(order)], list(key)))


def read_cursor(model: type[Model], *, order: Sequence[str], after: str) -> list[Any]:
    """Return the key in the cursor `after`. Raises `CursorError`."""
    return _values(after, [_field(model, name) for name in key_names(order)])


def window_of_list(
    rows: Sequence[tuple[T, Sequence[int | str]]], *, after: str, size: int
) -> Window[T]:
    """Return at most `size` items of a list of items with their keys, which is sorted by key.

    Raises `CursorError`.
    """
    last = _decode(after) if after else None
    try:
        later = [(item, key) for item, key in rows if last is None or list(key) > last]
    except TypeError as error:
        raise CursorError from error
    return _window(later[: size + 1], size)


def _window(rows: Sequence[tuple[T, Sequence[Any]]], size: int) -> Window[T]:
    edges = tuple(Edge(item, write_cursor(key)) for item, key in rows[:size])
    return Window(edges, has_next=len(rows) > size)


def _key(row: Model, names: Sequence[str]) -> list[Any]:
    values = []
    for name in names:
        value: Any = row
        for part in name.split(LOOKUP_SEP):
            value = getattr(value, part)
        values.append(value)
    return values


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    first, _, rest = name.partition(LOOKUP_SEP)
    field: Any = model._meta.get_field(first)  # noqa: SLF001 -- documented by Django
    if rest:
        return _field(field.related_model, rest)
    # A generated field does not validate; its output field does.
    plain: Field[Any, Any] = getattr(field, "output_field", field)
    return plain


def _values(cursor: str, fields: "Sequence[Field[Any, Any]]") -> list[Any]:
    values = _decode(cursor)
    # PostgreSQL text cannot contain a zero byte.
    if len(values) != len(fields) or any("\0" in str(value) for value in values):
        raise CursorError
    try:
        cleaned = [field.clean(value, None) for field, value in zip(fields, values, strict=True)]
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise CursorError from error
    return cleaned


def write_cursor(key: Sequence[Any]) -> str:
    """Return the cursor of the page that begins after the row with this key."""
    # Times as text, since Django's JSON encoder truncates them to milliseconds.
    text = json.dumps(list(key), default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[Any]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError, RecursionError) as error:
        raise CursorError from error
    if not isinstance(values, list):
        raise CursorError
    return values
