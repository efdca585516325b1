"""A resource of an earlier version: what its answers say, and until when it is served.

What is promised, and why, the page `concepts/api-versions` says.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter

from nexus.apps.library.reading.page import page_url

__all__ = ["DEPRECATION_HEADERS", "Deprecation"]

POLICY_PAGE = "concepts/api-versions"

DEPRECATION_HEADERS = [
    OpenApiParameter(
        "Deprecation",
        str,
        OpenApiParameter.HEADER,
        description="Since when another version takes this one's place (RFC 9745).",
        response=[200],
    ),
    OpenApiParameter(
        "Sunset",
        str,
        OpenApiParameter.HEADER,
        description="From when on this version may be gone (RFC 8594).",
        response=[200],
    ),
    OpenApiParameter(
        "Link",
        str,
        OpenApiParameter.HEADER,
        description="The address of the version that takes its place.",
        response=[200],
    ),
]


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when a resource has a successor, by the name of its address, and how long it stays."""

    since: date
    until: date
    successor: str

    # anchor: add_headers
    def add_headers(self, response: HttpResponseBase, **arguments: object) -> None:
        """Say so in the headers of a response; `arguments` are those of its address."""
        address = reverse(f"api:{self.successor}", kwargs=arguments)
        response.headers["Deprecation"] = f"@{_seconds(self.since)}"
        response.headers["Sunset"] = http_date(_seconds(self.until))
        response.headers["Link"] = (
            f'<{address}>; rel="successor-version", <{page_url(POLICY_PAGE)}>; rel="deprecation"'
        )

    # end: add_headers


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
