"""Lists in pages: `results`, and in `next` the address of the page behind them."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from nexus.core.database.keyset import window, window_of_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.views import APIView

__all__ = ["KeysetPagination", "page_text"]


class KeysetPagination(BasePagination):
    """Pages found by key.

    The view gives a queryset and names its total order in `order`, or gives a list of pairs, each
    an item and its key. Its `parameters` are a subclass of `PageParameters`.
    """

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: "APIView | None" = None,
    ) -> list[Any]:
        """Give the page's items. Raises `InvalidInputError` and `CursorError`."""
        self.request = request
        asked: Mapping[str, Any] = view.asked  # type: ignore[union-attr]
        after, size = asked.get("after", ""), asked["limit"]
        rows: Any = queryset
        if isinstance(rows, QuerySet):
            found = window(rows, order=view.order, after=after, size=size)  # type: ignore[union-attr]
        else:
            found = window_of_list(rows, after=after, size=size)
        self.next = found.next_cursor
        return found.items

    def get_paginated_response(self, data: Any) -> Response:
        """Put the page's results together with the address of the next page."""
        return Response({"results": data, "next": _following(self.request, self.next)})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the answer for OpenAPI."""
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri-reference",
                    "description": "The address of the next page; null on the last one.",
                },
            },
        }

    def get_schema_operation_parameters(self, _view: "APIView") -> list[Any]:
        """Say nothing: the view's own parameters include those of the page."""
        return []


def page_text(request: Request, results: str, cursor: str | None) -> str:
    """Put results that are JSON already together with the address of the next page."""
    following = json.dumps(_following(request, cursor), ensure_ascii=False)
    return f'{{"results":{results},"next":{following}}}'


def _following(request: Request, cursor: str | None) -> str | None:
    return replace_query_param(request.get_full_path(), "after", cursor) if cursor else None
