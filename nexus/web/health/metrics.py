"""Metrics for Prometheus; access is restricted."""

from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nexus.core.observability.collectors import COLLECTORS
from nexus.core.observability.metrics import exposition

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["metrics"]


@never_cache
@require_safe
def metrics(request: "HttpRequest") -> HttpResponse:
    """Return the metrics to a client with the token.

    An embedded installation also serves local clients without a token. Raises `Http404` for any
    other client.
    """
    if not _is_allowed(request):
        raise Http404
    body, content_type = exposition(request.headers.get("Accept", ""), beside=[COLLECTORS])
    return HttpResponse(body, content_type=content_type)


def _is_allowed(request: "HttpRequest") -> bool:
    token = settings.METRICS_TOKEN
    authorization = request.headers.get("Authorization", "")
    if token and constant_time_compare(authorization, f"Bearer {token}"):
        return True
    if not settings.EMBEDDED or "X-Forwarded-For" in request.headers:
        return False
    # Validates the host: a DNS rebinding attack sends the attacker's host name.
    request.get_host()
    return ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback  # noqa: S104 -- a placeholder that is not loopback
