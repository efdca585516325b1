"""What every contender shares with this API besides settings and middleware."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page
from rest_framework.pagination import CursorPagination

from benchmarks.api.contenders import PAGE
from nexus.api.authentication import get_bearer_user
from nexus.api.throttling import add_headers, consume

__all__ = ["ByKey", "alike", "limited"]

View = Callable[..., Any]


class ByKey(CursorPagination):
    """DRF's keyset pagination; its numbered pages would count all products first."""

    page_size = PAGE
    ordering = "-id"


def limited(view: View) -> View:
    """Authenticate the client, take one of its rate-limit tokens, and add the headers."""

    @csrf_exempt
    @wraps(view)
    def answer(request: Any, *args: Any, **kwargs: Any) -> Any:
        consume(request, get_bearer_user(request) or request.user)
        response = view(request, *args, **kwargs)
        add_headers(request, response)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answer


def alike(view: View) -> View:
    """Do the same, add an ETag and handle If-None-Match, as the whole REST API does."""
    return csrf_exempt(conditional_page(limited(view)))
