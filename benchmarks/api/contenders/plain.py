"""Views that do one thing: nothing, `SELECT 1`, and one GET of Valkey."""

from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

from benchmarks.api.contenders.alike import alike

__all__ = ["urlpatterns"]


def nothing(_request: HttpRequest) -> JsonResponse:
    """Return a constant."""
    return JsonResponse({"one": 1})


def select_one(_request: HttpRequest) -> JsonResponse:
    """Run the smallest query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        (one,) = cursor.fetchone()
    return JsonResponse({"one": one})


def valkey_get(_request: HttpRequest) -> JsonResponse:
    """Get a key of Valkey that does not exist."""
    return JsonResponse({"one": client().get("benchmarks:none")})


@cache
def client() -> Any:
    """Return this process's connections."""
    return redis.Redis.from_url(settings.CACHE_URL)


urlpatterns = [
    path("nothing/", alike(nothing)),
    path("select/", alike(select_one)),
    path("valkey/", alike(valkey_get)),
]
