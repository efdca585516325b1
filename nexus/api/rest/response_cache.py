"""Public responses that are cached: served again without a query until what they show changes."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse

from nexus.api.authentication import get_bearer_user
from nexus.api.rest.etags import etag_of_content
from nexus.api.throttling import ClientLimit
from nexus.core.cache.responses import (
    CachedResponse,
    get,
    get_or_set,
    is_cacheable,
    register_namespace,
)
from nexus.core.errors import NexusError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from nexus.api.rest.resource import Resource

__all__ = ["PublicJson", "cached", "serve_from_memory"]

PLAIN_ACCEPT = ("*/*", "application/json")
"""Values of Accept that get plain JSON; REST framework negotiates all others."""

View = TypeVar("View", bound="Resource")
Get = Callable[..., HttpResponse]


class PublicJson(HttpResponse):
    """JSON that is the same for everybody: it was made without knowing the user."""

    def __init__(self, text: str | bytes) -> None:
        super().__init__(text, content_type="application/json")


def cached(namespace: str) -> Callable[[Get], Get]:
    """Cache the responses of a view's `get` in `namespace`; only a `PublicJson` is stored.

    The client is still authenticated, and its requests are still counted. Parameters are validated
    only where nothing is cached: an address that was answered once has valid ones.
    """
    register_namespace(namespace)

    def decorate(get: Get) -> Get:
        @wraps(get)
        def cached_get(view: "Resource", request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            def make() -> HttpResponse:
                view.parameters  # noqa: B018 -- validates them
                return get(view, request, *args, **kwargs)

            if not view.accepts_plain_json:
                return make()
            response = get_or_set(namespace, request.get_full_path(), make, _to_cached)
            return _to_response(response) if isinstance(response, CachedResponse) else response

        cached_get.namespace = namespace  # type: ignore[attr-defined] # functions have no types for this
        return cached_get

    return decorate


def serve_from_memory(view: "Resource", request: "HttpRequest") -> HttpResponse | None:
    """Return the response that this process has in memory, without REST framework's overhead.

    The client is authenticated and its request is counted here too, in one round trip to Valkey
    together with the check that the response is still valid. Returns None where nothing is cached,
    where the request is refused, or where the database that knows the user cannot be reached: then
    REST framework's own path reports it.
    """
    namespace = getattr(getattr(view, "get", None), "namespace", None)
    if (
        namespace is None
        or request.method != "GET"
        or request.headers.get("Accept", "*/*") not in PLAIN_ACCEPT
        or not is_cacheable(namespace)
    ):
        return None
    try:
        limit = ClientLimit(request, get_bearer_user(request) or request.user)
    except (NexusError, OperationalError, InterfaceError):
        return None
    response, reply = get(namespace, request.get_full_path(), beside=limit.command())
    return _to_response(response) if limit.allows(reply) and response is not None else None


def _to_response(cached_response: CachedResponse) -> PublicJson:
    response = PublicJson(cached_response.body)
    response.headers["ETag"] = cached_response.tag
    return response


def _to_cached(response: HttpResponse) -> CachedResponse | None:
    """Return what may be cached of a response, or None."""
    if not isinstance(response, PublicJson):
        return None
    return CachedResponse(etag_of_content(response.content), response.content)
