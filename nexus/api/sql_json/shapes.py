"""Questions: what decides the text of a statement, and which values come with each request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Expression, QuerySet
from rest_framework import serializers

__all__ = ["Find", "Question", "is_askable", "question"]

Find = Callable[..., QuerySet[Any]]

"""Gives the rows for some filters; takes an expression where it takes a text or a decimal."""


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


def _is_bound(value: Any) -> bool:
    return isinstance(value, str | Decimal | dict)
