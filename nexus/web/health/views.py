"""Liveness and readiness probes."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nexus.web.health.checks import CHECKS, OK, run_checks

__all__ = ["livez", "readyz"]


@never_cache
@require_safe
def livez(_request: HttpRequest) -> JsonResponse:
    """Report that the process is alive."""
    return JsonResponse({"status": OK})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Report whether every check of `nexus.web.health.checks` passes; 503 if one fails.

    With `?without=cache` that check is reported but does not affect the status. An unknown name
    returns 400: otherwise the mistake would go unnoticed until that check fails.
    """
    ignored = set(request.GET.getlist("without"))
    names = [check.name for check in CHECKS]
    if not ignored <= set(names):
        detail = f"`without` must be one of {', '.join(names)}"
        return JsonResponse({"status": "unknown check", "detail": detail}, status=400)
    outcomes = run_checks(ignored)
    is_ready = all(outcomes[name] == OK for name in names if name not in ignored)
    status = OK if is_ready else "unavailable"
    return JsonResponse({"status": status, "checks": outcomes}, status=200 if is_ready else 503)
