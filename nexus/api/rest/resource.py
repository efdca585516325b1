"""What the views of all resources do alike."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.inputs import DEFAULT_PAGE_SIZE, Parameters
from nexus.api.rest.pagination import page_text
from nexus.api.rest.response_cache import PublicJson, serve_from_memory
from nexus.api.sql_json import SqlJson, compile_view, execute_detail, execute_list
from nexus.api.throttling import add_headers, consume

__all__ = ["Resource"]

AnyResponse = TypeVar("AnyResponse", bound=HttpResponseBase)


@method_decorator(conditional_page, name="dispatch")
class Resource(GenericAPIView[Any]):
    """A view whose parameters are validated and whose responses carry an ETag.

    A list gives `list_response` its rows, and names their total `order` where they are a queryset;
    or `orders`, from which the parameter `order` chooses. A view that declares `sql_json` has its
    public responses written by PostgreSQL.
    """

    parameters_class: ClassVar[type[Parameters]] = Parameters
    write_parameters_class: ClassVar[type[Parameters]] = Parameters
    """Of the writes; most take none."""
    order: tuple[str, ...] = ()
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    sql_json: ClassVar[SqlJson | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.sql_json is not None:
            orders = tuple(cls.orders.values()) or (cls.order,)
            compile_view(cls, cls.sql_json, cls.serializer_class, orders, DEFAULT_PAGE_SIZE)  # type: ignore[arg-type] # every such view has one

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Return the validated query parameters. Raises `InvalidInputError`."""
        reading = self.request.method in SAFE_METHODS
        declared = self.parameters_class if reading else self.write_parameters_class
        return declared.from_request(self.request)

    @property
    def filters(self) -> dict[str, Any]:
        """The parameters that choose rows: all but those of the page and its order."""
        page = {"after", "limit", "order"}
        return {name: value for name, value in self.parameters.items() if name not in page}

    @property
    def accepts_plain_json(self) -> bool:
        """Whether the response is plain JSON: a client may ask for indents."""
        return getattr(self.request, "accepted_media_type", "") == "application/json"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Respond from memory, or as REST framework does."""
        response = serve_from_memory(self, request)
        if response is None:
            return super().dispatch(request, *args, **kwargs)
        for name, value in self.default_response_headers.items():
            response.headers[name] = value
        return self._with_headers(request, response)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Validate the parameters before anything is read."""
        super().initial(request, *args, **kwargs)
        consume(request._request, request.user)  # noqa: SLF001 -- DRF gives no other way
        handler = getattr(self, str(request.method).lower(), None)
        if request.method in self.allowed_methods and not hasattr(handler, "namespace"):
            self.parameters  # noqa: B018 -- validates them

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Let a client store a response, but revalidate it every time."""
        final = super().finalize_response(request, response, *args, **kwargs)
        return self._with_headers(request._request, final)  # noqa: SLF001 -- DRF gives no other way

    def list_response(self, rows: Any) -> HttpResponse:
        """Return a page of `rows`: a queryset, or a list of items with their keys."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def public_list_response(self, **filters: Any) -> HttpResponse:
        """Return a page of the rows that match `filters`, the same for everybody."""
        declared = self._sql_json
        if self.orders:
            self.order = self.orders[self.parameters["order"]]
        if not (self.accepts_plain_json and declared.answers(filters)):
            return self.list_response(declared.find(**filters))
        size, after = self.parameters["limit"], self.parameters.get("after", "")
        shape = declared.shape(
            self._serializer, filters, order=self.order, size=size, has_cursor=bool(after)
        )
        results, cursor = execute_list(shape, filters, after)
        return PublicJson(page_text(self.request, results, cursor))

    def detail_response(self, item: Any, **options: Any) -> Response:
        """Return one item."""
        return Response(self.get_serializer(item).data, **options)

    def public_detail_response(
        self, get_private: Callable[[], Any], **filters: Any
    ) -> HttpResponse:
        """Return the row that everybody may see, or what `get_private` returns if none matches."""
        if self.accepts_plain_json:
            text = execute_detail(self._sql_json.shape(self._serializer, filters), filters)
            if text is not None:
                return PublicJson(text)
        return self.detail_response(get_private())

    def validated_body(self, declared: type[serializers.Serializer[Any]]) -> Any:
        """Return the body as `declared` reads it. Raises DRF's `ValidationError`."""
        body = declared(data=self.request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    @property
    def _sql_json(self) -> SqlJson:
        if self.sql_json is None:
            raise TypeError(f"{type(self).__name__} declares no sql_json.")
        return self.sql_json

    @property
    def _serializer(self) -> type[serializers.BaseSerializer[Any]]:
        return self.get_serializer_class()

    @staticmethod
    def _with_headers(request: HttpRequest, response: AnyResponse) -> AnyResponse:
        response.headers.setdefault("Cache-Control", "private, no-cache")
        add_headers(request, response)
        return response
