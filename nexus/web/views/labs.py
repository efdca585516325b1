"""Labs and runs: see them, start one, watch it, cancel it, take its results away."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nexus.apps.labs import queries, services
from nexus.apps.labs.errors import RunNotFoundError
from nexus.apps.labs.registry import find_lab
from nexus.apps.labs.states import RunForm
from nexus.web.presenters import Hub

__all__ = ["cancel", "detail", "document", "index", "progress", "run", "samples", "start"]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List every lab with its claims and their verdicts."""
    return render(
        request,
        "labs/index.html",
        {"section": "labs", "labs": Hub(request.user).labs()},
    )


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one lab."""
    registered = find_lab(slug)
    context = {"section": "labs", "lab": Hub(request.user).lab(registered)}
    return render(request, "labs/lab.html", context)


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Queue a run and go to it."""
    form = request.POST.get("form", "")
    run = services.request_run(
        lab=slug,
        by=request.user,
        form=form if form in RunForm.values else RunForm.FULL,
    )
    return redirect("runs:detail", run_id=run.pk)


@never_cache
@require_safe
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show a run: how far it is, or its verdict."""
    return render(request, "runs/run.html", _context(request, run_id))


@never_cache
@require_safe
def progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Give the part of a run's page that changes while it lasts."""
    return render(request, "runs/_progress.html", _context(request, run_id))


@require_POST
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Ask for a run to be cancelled and go back to it."""
    services.cancel_run(run_id=run_id, by=request.user)
    return redirect("runs:detail", run_id=run_id)


@require_safe
def document(_request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Give the `nexus.run/1` document of a run."""
    found = queries.get_run(run_id)
    if found.document is None:
        raise RunNotFoundError("This run has no result: only a run that ended with a verdict has.")
    return JsonResponse(cast("dict[str, Any]", found.document), json_dumps_params={"indent": 2})


@require_safe
def samples(_request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Give the raw samples of a run as a CSV file to keep."""
    found = queries.get_run(run_id)
    name = f"{found.lab}-{found.pk}.csv"
    return HttpResponse(
        queries.samples_csv(found),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _context(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    return {"section": "labs", "run": Hub(request.user).run(queries.get_run(run_id))}
