"""Lists in pages: `results`, and in `next` the address of the next page."""

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
    """Pages by key.

    The view passes a queryset and names its total order in `order`, or passes a list of pairs, each
    an item and its key. Its `parameters_class` is a subclass of `PageParameters`.
    """

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        request: Request,
        view: "APIView | None" = None,
    ) -> list[Any]:
        """Return the items of the page. Raises `InvalidInputError` and `CursorError`."""
        self.request = request
        parameters: Mapping[str, Any] = view.parameters  # type: ignore[union-attr]
        after, size = parameters.get("after", ""), parameters["limit"]
        rows: Any = queryset
        if isinstance(rows, QuerySet):
            page = window(rows, order=view.order, after=after, size=size)  # type: ignore[union-attr]
        else:
            page = window_of_list(rows, after=after, size=size)
        self.next_cursor = page.next_cursor
        return page.items

    def get_paginated_response(self, data: Any) -> Response:
        """Return the results of the page with the address of the next one."""
        return Response({"results": data, "next": _next_address(self.request, self.next_cursor)})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page for OpenAPI."""
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
        """Return no parameters: the view's own include those of the page."""
        return []


def page_text(request: Request, results: str, cursor: str | None) -> str:
    """Return the JSON of a page whose results are JSON already."""
    next_address = json.dumps(_next_address(request, cursor), ensure_ascii=False)
    return f'{{"results":{results},"next":{next_address}}}'


def _next_address(request: Request, cursor: str | None) -> str | None:
    return replace_query_param(request.get_full_path(), "after", cursor) if cursor else None
