"""Requests that may be repeated with a key: the same answer, byte for byte."""

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
        description="A text of your own of 8 to 128 signs, new for each new request, in double "
        f"quotes. A repetition within {KEPT.total_seconds() / 3600:.0f} hours gets the first "
        "answer again, and nothing is done twice.",
    ),
    OpenApiParameter(
        REPLAYED_HEADER,
        str,
        OpenApiParameter.HEADER,
        description="`true` if this is the answer to an earlier request with this key.",
        response=[201],
    ),
)
"""The headers of an operation that may be repeated."""

IDEMPOTENCY_ERRORS = (KeyRequiredError, KeyInvalidError, KeyReusedError, StillRunningError)


def create_once(
    request: Request,
    sent: Mapping[str, Any],
    act: Callable[[], tuple[Any, str]],
) -> HttpResponse:
    """Make something unless it was made for this key; `act` gives what is shown, and its address.

    Raises what `REPEATABLE` lists.
    """

    def answer() -> Answer:
        shown, address = act()
        body = JSONRenderer().render(shown)
        return Answer(HTTPStatus.CREATED, body, {"Location": address})

    found = answer_once(
        user_id=cast("int", request.user.pk),
        key=read_key(request.headers.get("Idempotency-Key")),
        asked=fingerprint(f"{request.method} {request.path}", sent),
        act=answer,
    )
    replayed = {REPLAYED_HEADER: "true"} if found.replayed else {}
    return HttpResponse(
        found.body,
        status=found.status,
        content_type="application/json",
        headers={**found.headers, **replayed},
    )
