"""Pages of a list that are found by key: the next page begins after the last row of this one.

A cursor holds the values of the order's fields in that row. Rows that come or go meanwhile move no
other row onto a second page, and a deep page costs as much as the first. The order must be total:
its last field is unique.
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
    """This cursor is not one of this list: take it from an answer of the same list and order."""

    code = "cursor_invalid"
    status = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """One item and the cursor of the page that begins after it."""

    node: T
    cursor: str


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """One page of a list, and whether there is more behind it."""

    edges: tuple[Edge[T], ...]
    has_next: bool

    @property
    def items(self) -> list[T]:
        """What the page shows."""
        return [edge.node for edge in self.edges]

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, or nothing at the end."""
        return self.edges[-1].cursor if self.has_next and self.edges else None


def window(rows: QuerySet[M], *, order: Sequence[str], after: str, size: int) -> Window[M]:
    """Return at most `size` rows of a queryset, those behind the cursor `after`.

    `order` names fields as `order_by` does, all in one direction, the last one unique; none of
    them may be null. Raises `CursorError`.
    """
    names = key_names(order)
    found = rows.order_by(*order)
    if after:
        found = behind(found, order=order, key=read_cursor(rows.model, order=order, after=after))
    return _window([(row, _key(row, names)) for row in found[: size + 1]], size)


def key_names(order: Sequence[str]) -> list[str]:
    """Return the fields of an order, whose values make the key of a row."""
    if len({name.startswith("-") for name in order}) != 1:
        raise ValueError("A keyset needs all fields of its order in one direction.")
    return [name.removeprefix("-") for name in order]


def behind(rows: QuerySet[M], *, order: Sequence[str], key: Sequence[Any]) -> QuerySet[M]:
    """Return the rows whose place in `order` is behind that of `key`: values or expressions."""
    lookup = TupleLessThan if order[0].startswith("-") else TupleGreaterThan
    return rows.filter(lookup([F(name) for name in key_names(order)], list(key)))


def read_cursor(model: type[Model], *, order: Sequence[str], after: str) -> list[Any]:
    """Return the key that the cursor `after` holds. Raises `CursorError`."""
    return _values(after, [_field(model, name) for name in key_names(order)])


def window_of_list(
    rows: Sequence[tuple[T, Sequence[int | str]]], *, after: str, size: int
) -> Window[T]:
    """Return at most `size` of some items, each of which comes with its key, in the keys' order.

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
    field: Any = model._meta.get_field(first)  # noqa: SLF001 -- Django's documented way to a field
    if rest:
        return _field(field.related_model, rest)
    # A generated field checks nothing itself.
    plain: Field[Any, Any] = getattr(field, "output_field", field)
    return plain


def _values(cursor: str, fields: "Sequence[Field[Any, Any]]") -> list[Any]:
    values = _decode(cursor)
    # PostgreSQL's texts have no zero byte.
    if len(values) != len(fields) or any("\0" in str(value) for value in values):
        raise CursorError
    try:
        cleaned = [field.clean(value, None) for field, value in zip(fields, values, strict=True)]
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise CursorError from error
    return cleaned


def write_cursor(key: Sequence[Any]) -> str:
    """Return the cursor of the page that begins after the row with this key."""
    # As text, since Django's own encoder of JSON cuts times off at the millisecond.
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
