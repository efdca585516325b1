"""Answers to everybody that are kept: served again without a query until what they show changes."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse

from nexus.api.authentication import get_bearer
from nexus.api.rest.etags import digest
from nexus.api.throttling import Bucket
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

__all__ = ["PublicJson", "answer_at_once", "keeps"]

# What a client accepts that gets plain JSON; whoever says more is left to REST framework.
PLAIN = ("*/*", "application/json")

View = TypeVar("View", bound="Resource")
Get = Callable[..., HttpResponse]


class PublicJson(HttpResponse):
    """JSON that is the same whoever asks: what made it was not told who does."""

    def __init__(self, text: str | bytes) -> None:
        super().__init__(text, content_type="application/json")


def keeps(space: str) -> Callable[[Get], Get]:
    """Let a view's `get` answer from what is kept in `space`; only a `PublicJson` is put there.

    Who asks is authenticated and their requests are counted as ever. Parameters are checked only
    where nothing is kept: an address that was answered once has good ones.
    """
    register_namespace(space)

    def decorate(get: Get) -> Get:
        @wraps(get)
        def answer(view: "Resource", request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            def make() -> HttpResponse:
                view.asked  # noqa: B018 -- checks the parameters
                return get(view, request, *args, **kwargs)

            if not view.is_plain:
                return make()
            found = get_or_set(space, request.get_full_path(), make, _public)
            return _shown(found) if isinstance(found, CachedResponse) else found

        answer.space = space  # type: ignore[attr-defined] # functions have no types for this
        return answer

    return decorate


def answer_at_once(view: "Resource", request: "HttpRequest") -> HttpResponse | None:
    """Answer from the memory of this process, without what REST framework does for each request.

    Who asks is authenticated and their requests are counted here too, in one question to Valkey
    with whether the answer holds. Nothing where no answer is kept, or where this one is refused,
    or the database is away that knows who asks: then REST framework's own way says so.
    """
    space = getattr(getattr(view, "get", None), "space", None)
    if (
        space is None
        or request.method != "GET"
        or request.headers.get("Accept", "*/*") not in PLAIN
        or not is_cacheable(space)
    ):
        return None
    try:
        bucket = Bucket(request, get_bearer(request) or request.user)
    except (NexusError, OperationalError, InterfaceError):
        return None
    found, counted = get(space, request.get_full_path(), beside=bucket.command())
    return _shown(found) if bucket.passes(counted) and found is not None else None


def _shown(kept: CachedResponse) -> PublicJson:
    response = PublicJson(kept.body)
    response.headers["ETag"] = kept.tag
    return response


def _public(response: HttpResponse) -> CachedResponse | None:
    """Give what may be kept of an answer."""
    if not isinstance(response, PublicJson):
        return None
    return CachedResponse(digest(response.content), response.content)
