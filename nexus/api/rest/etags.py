"""ETags, and changes that hold only while what was read is current (RFC 9110, section 13)."""

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

__all__ = ["IF_MATCH", "etag_of_content", "require_if_match", "with_etag"]

AnyResponse = TypeVar("AnyResponse", bound=HttpResponse)

IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "format": "etag"},
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the version you read, or `*` to change whatever is current.",
)


def etag_of_data(data: Any) -> str:
    """Return the ETag of a resource: a digest of its JSON, whatever form it is sent in."""
    return etag_of_content(JSONRenderer().render(data))


def etag_of_content(content: bytes) -> str:
    """Return the ETag of a response; it is the one that Django sets where there is none."""
    return quote_etag(md5(content, usedforsecurity=False).hexdigest())


def with_etag(response: AnyResponse) -> AnyResponse:
    """Set the ETag of a resource on the response that shows it, and return the response."""
    # A response with indents shows the same resource, so its content is no guide.
    is_rendered = not isinstance(response, Response)
    etag = etag_of_content(response.content) if is_rendered else etag_of_data(response.data)  # type: ignore[attr-defined]
    response.headers["ETag"] = etag
    return response


def require_if_match(request: Request, current: Any, error: type[NexusError]) -> None:
    """Compare If-Match with a resource. Raises `PreconditionRequiredError` without one, or `error`.

    A compressed response carries its ETag as a weak one; what was read was the same.
    """
    etags = parse_etags(request.headers.get("If-Match", ""))
    if not etags:
        raise PreconditionRequiredError
    if etags != ["*"] and etag_of_data(current) not in [tag.removeprefix("W/") for tag in etags]:
        raise error
