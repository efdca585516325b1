"""What every view of a resource does alike."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django.db.models import Expression
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api import sql_json
from nexus.api.inputs import Parameters
from nexus.api.rest.pagination import page_text
from nexus.api.rest.response_cache import PublicJson, answer_at_once
from nexus.api.throttling import spend, tell

__all__ = ["Resource"]

Answer = TypeVar("Answer", bound=HttpResponseBase)


@method_decorator(conditional_page, name="dispatch")
class Resource(GenericAPIView[Any]):
    """A view whose parameters are checked and whose answers carry an ETag.

    A list gives `page` its rows, and names their total `order` where they are a queryset. Where a
    view names the function that finds the rows, and what to find, PostgreSQL may write the answer.
    """

    parameters: ClassVar[type[Parameters]] = Parameters
    # Of the writes; most take none.
    write_parameters: ClassVar[type[Parameters]] = Parameters
    order: tuple[str, ...] = ()
    # What those properties of the model that the serializer shows are in SQL.
    computed: ClassVar[Mapping[str, Expression]] = {}

    @cached_property
    def asked(self) -> dict[str, Any]:
        """Give the checked parameters. Raises `InvalidInputError`."""
        reading = self.request.method in SAFE_METHODS
        return (self.parameters if reading else self.write_parameters).of(self.request)

    @property
    def is_plain(self) -> bool:
        """Whether the answer is plain JSON: a client may ask for indents."""
        return getattr(self.request, "accepted_media_type", "") == "application/json"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with what is kept, or as REST framework does."""
        kept = answer_at_once(self, request)
        if kept is None:
            return super().dispatch(request, *args, **kwargs)
        for name, value in self.default_response_headers.items():
            kept.headers[name] = value
        return self._told(request, kept)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the parameters before anything is read."""
        super().initial(request, *args, **kwargs)
        spend(request._request, request.user)  # noqa: SLF001 -- DRF gives no other way
        handler = getattr(self, str(request.method).lower(), None)
        if request.method in self.allowed_methods and not hasattr(handler, "space"):
            self.asked  # noqa: B018 -- checks them

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Let a client keep an answer, but ask every time whether it still holds."""
        final = super().finalize_response(request, response, *args, **kwargs)
        return self._told(request._request, final)  # noqa: SLF001 -- DRF gives no other way

    def page(self, found: Any, **filters: Any) -> HttpResponse:
        """Answer with one page of a list.

        `found` is the list, or a function that finds the rows that fit `filters`.
        """
        if callable(found):
            if self._may_be_fast(filters):
                limit, after = self.asked["limit"], self.asked.get("after", "")
                written = sql_json.page(
                    self._question(found, filters, limit, after), filters, after
                )
                if written is not None:
                    results, cursor = written
                    return PublicJson(page_text(self.request, results, cursor))
            found = found(**filters)
        rows = self.paginate_queryset(found)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def one(self, found: Any, **options: Any) -> Response:
        """Answer with one resource."""
        return Response(self.get_serializer(found).data, **options)

    def shown(
        self, find: sql_json.Find, otherwise: Callable[[], Any], **filters: Any
    ) -> HttpResponse:
        """Answer with the one row that everybody may see, or else with what `otherwise` gives."""
        if self._may_be_fast(filters):
            written = sql_json.one(self._question(find, filters), filters)
            if written is not None:
                return PublicJson(written)
        return self.one(otherwise())

    @staticmethod
    def _told(request: HttpRequest, response: Answer) -> Answer:
        response.headers.setdefault("Cache-Control", "private, no-cache")
        tell(request, response)
        return response

    def _may_be_fast(self, filters: Mapping[str, Any]) -> bool:
        return self.is_plain and sql_json.is_askable(filters)

    def _question(
        self,
        find: sql_json.Find,
        filters: Mapping[str, Any],
        size: int | None = None,
        after: str = "",
    ) -> sql_json.Question:
        return sql_json.question(
            self.get_serializer_class(),
            find,
            filters,
            order=self.order,
            size=size,
            after=after,
            computed=self.computed,
        )

    def body(self, declared: type[serializers.Serializer[Any]]) -> Any:
        """Give the body as `declared` reads it. Raises DRF's `ValidationError`."""
        wanted = declared(data=self.request.data)
        wanted.is_valid(raise_exception=True)
        return wanted.validated_data
