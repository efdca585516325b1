"""Requests that can be retried with a key: the response is the same, byte for byte."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from nexus.core.idempotency.errors import (
    KeyInvalidError,
    KeyRequiredError,
    KeyReusedError,
    StillRunningError,
)
from nexus.core.idempotency.services import KEPT, Answer, answer_once, fingerprint, read_key

__all__ = ["IDEMPOTENCY_ERRORS", "IDEMPOTENCY_HEADERS", "REPLAYED_HEADER", "create_once"]

REPLAYED_HEADER = "Idempotent-Replayed"

IDEMPOTENCY_HEADERS = (
    OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "format": "idempotency-key"},
        OpenApiParameter.HEADER,
        required=True,
        description="8 to 128 characters of your own in double quotes, new for each new request. A "
        f"retry within {KEPT.total_seconds() / 3600:.0f} hours returns the first response, and "
        "nothing is done twice.",
    ),
    OpenApiParameter(
        REPLAYED_HEADER,
        str,
        OpenApiParameter.HEADER,
        description="`true` if this is the response to an earlier request with this key.",
        response=[201],
    ),
)
"""The headers of an operation that can be retried."""

IDEMPOTENCY_ERRORS = (KeyRequiredError, KeyInvalidError, KeyReusedError, StillRunningError)


def create_once(
    request: Request,
    body: Mapping[str, Any],
    act: Callable[[], tuple[Any, str]],
) -> HttpResponse:
    """Create a resource unless one was created for this key.

    `act` creates it, and returns its data and its address. Raises `IDEMPOTENCY_ERRORS`.
    """

    def make_answer() -> Answer:
        resource, address = act()
        content = JSONRenderer().render(resource)
        return Answer(HTTPStatus.CREATED, content, {"Location": address})

    response = answer_once(
        user_id=cast("int", request.user.pk),
        key=read_key(request.headers.get("Idempotency-Key")),
        asked=fingerprint(f"{request.method} {request.path}", body),
        act=make_answer,
    )
    replayed = {REPLAYED_HEADER: "true"} if response.replayed else {}
    return HttpResponse(
        response.body,
        status=response.status,
        content_type="application/json",
        headers={**response.headers, **replayed},
    )
