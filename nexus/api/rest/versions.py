"""Deprecated versions of a resource: their headers, and how long they are served.

The page `concepts/api-versioning` explains what is promised, and why.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter

from nexus.apps.library.reading.page import page_url

__all__ = ["DEPRECATION_HEADERS", "Deprecation"]

POLICY_PAGE = "concepts/api-versioning"

DEPRECATION_HEADERS = [
    OpenApiParameter(
        "Deprecation",
        str,
        OpenApiParameter.HEADER,
        description="The date since which a newer version exists (RFC 9745).",
        response=[200],
    ),
    OpenApiParameter(
        "Sunset",
        str,
        OpenApiParameter.HEADER,
        description="The date after which this version may be removed (RFC 8594).",
        response=[200],
    ),
    OpenApiParameter(
        "Link",
        str,
        OpenApiParameter.HEADER,
        description="The address of the newer version.",
        response=[200],
    ),
]


@dataclass(frozen=True, slots=True)
class Deprecation:
    """The dates of a deprecated resource, and the name of its successor's address."""

    since: date
    until: date
    successor: str

    # anchor: add_headers
    def add_headers(self, response: HttpResponseBase, **arguments: object) -> None:
        """Set the headers of a deprecated resource; `arguments` are those of its address."""
        address = reverse(f"api:{self.successor}", kwargs=arguments)
        response.headers["Deprecation"] = f"@{_seconds(self.since)}"
        response.headers["Sunset"] = http_date(_seconds(self.until))
        response.headers["Link"] = (
            f'<{address}>; rel="successor-version", <{page_url(POLICY_PAGE)}>; rel="deprecation"'
        )

    # end: add_headers


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
