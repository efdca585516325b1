"""Changes that hold only while what was read still holds (RFC 9110, section 13)."""

from hashlib import md5
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import PreconditionRequiredError
from nexus.core.errors import NexusError

__all__ = ["IF_MATCH", "digest", "need_match", "tagged"]

AnyResponse = TypeVar("AnyResponse", bound=HttpResponse)

IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "format": "etag"},
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of what you read, or * to change it however it is now.",
)


def etag(shown: Any) -> str:
    """Give the ETag of a resource: a digest of what is shown of it, whatever that is made of."""
    return digest(JSONRenderer().render(shown))


def digest(text: bytes) -> str:
    """Give the ETag of an answer; it is the one that Django gives to answers without one."""
    return quote_etag(md5(text, usedforsecurity=False).hexdigest())


def tagged(response: AnyResponse) -> AnyResponse:
    """Put the ETag of a resource on the response that shows it."""
    # What a client has indented is the same resource.
    tag = etag(response.data) if isinstance(response, Response) else digest(response.content)
    response.headers["ETag"] = tag
    return response


def need_match(request: Request, shown: Any, changed: type[NexusError]) -> None:
    """Hold If-Match against a resource. Raises `PreconditionRequiredError`, or `changed`.

    A compressed answer carries its ETag as a weak one; what was read was the same.
    """
    given = parse_etags(request.headers.get("If-Match", ""))
    if not given:
        raise PreconditionRequiredError
    if given != ["*"] and etag(shown) not in [tag.removeprefix("W/") for tag in given]:
        raise changed
