"""Answers to everybody that are kept: served again without a query until what they show changes."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpResponse

from nexus.api.rest.conditions import digest
from nexus.core.kept import Kept, kept_or_made

if TYPE_CHECKING:
    from nexus.api.rest.resource import Resource

__all__ = ["PublicJson", "keeps"]

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

    def decorate(get: Get) -> Get:
        @wraps(get)
        def answer(view: "Resource", request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            def make() -> HttpResponse:
                view.asked  # noqa: B018 -- checks the parameters
                return get(view, request, *args, **kwargs)

            if not view.is_plain:
                return make()
            found = kept_or_made(space, request.get_full_path(), make, _public)
            if isinstance(found, HttpResponse):
                return found
            response = PublicJson(found.body)
            response.headers["ETag"] = found.tag
            return response

        answer.checks_late = True  # type: ignore[attr-defined] # functions have no types for this
        return answer

    return decorate


def _public(response: HttpResponse) -> Kept | None:
    """Give what may be kept of an answer."""
    if not isinstance(response, PublicJson):
        return None
    return Kept(digest(response.content), response.content)
