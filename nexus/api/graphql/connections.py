"""Lists in pages, as Relay connections; their cursors are the same as REST's."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from strawberry.relay import Connection, Edge, PageInfo
from strawberry_django.optimizer import optimize

from nexus.api.errors import InputFault, InvalidInputError
from nexus.api.graphql.context import Info
from nexus.api.inputs import MAX_PAGE_SIZE
from nexus.core.database.keyset import Window, window, window_of_list

__all__ = ["paginate", "paginate_list"]

M = TypeVar("M", bound=Model)


def paginate(rows: QuerySet[M], info: Info, *, order: Sequence[str], first: int, after: str) -> Any:
    """Return a page of a queryset, with the selected relations.

    Raises `InvalidInputError` and `CursorError`.
    """
    _check(first)
    selected = optimize(rows, info)
    fields, defers = selected.query.deferred_loading
    if not defers:
        # The cursor of a row is made from these fields, so they are selected too.
        selected = selected.only(*fields, *(name.removeprefix("-") for name in order))
    return _connection(window(selected, order=order, after=after, size=first))


def paginate_list(
    rows: Sequence[tuple[Any, Sequence[int | str]]], *, first: int, after: str
) -> Any:
    """Return a page of items, each of which comes with its key.

    Raises `InvalidInputError` and `CursorError`.
    """
    _check(first)
    return _connection(window_of_list(rows, after=after, size=first))


def _check(first: int) -> None:
    if not 1 <= first <= MAX_PAGE_SIZE:
        fault = InputFault(f"Ask for 1 to {MAX_PAGE_SIZE} at once.", parameter="first")
        raise InvalidInputError([fault])


def _connection(selected: Window[Any]) -> Connection[Any]:
    edges = [Edge(cursor=edge.cursor, node=edge.node) for edge in selected.edges]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=selected.has_next,
            has_previous_page=False,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )
