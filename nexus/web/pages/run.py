"""A run's page: its progress, its verdict with evidence, and its files."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nexus.apps.labs import queries, services
from nexus.apps.labs.states import RunStatus
from nexus.engines.experiment.document.schema import json_schema
from nexus.web.pages.page_data import PageData, RunView
from nexus.web.pages.run_comparison import runs_to_compare
from nexus.web.pages.run_evidence import RunEvidence

__all__ = ["cancel", "document", "progress", "run", "samples", "schema"]


@never_cache
@require_safe
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show a run: its progress, or its verdict with evidence."""
    data = PageData(request.user)
    view = data.run(queries.get_run(run_id))
    context = {"section": "labs", "run": view, **_evidence(data, view)}
    return render(request, "runs/run.html", context)


@never_cache
@require_safe
def progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Return the part of a run's page that changes during the run; at its end, all that changes."""
    data = PageData(request.user)
    view = data.run(queries.get_run(run_id))
    context: dict[str, Any] = {"run": view}
    if view.run.has_ended:
        context |= {"all_that_changes": True, **_evidence(data, view)}
    return render(request, "runs/_progress.html", context)


@require_POST
def cancel(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Request the cancellation of a run, and redirect to its page."""
    services.cancel_run(run_id=run_id, by=request.user)
    return redirect("runs:detail", run_id=run_id)


@require_safe
def schema(_request: HttpRequest) -> HttpResponse:
    """Return the JSON Schema of `nexus.run/1`."""
    return JsonResponse(
        json_schema(),
        json_dumps_params={"indent": 2},
        content_type="application/schema+json",
    )


@require_safe
def document(_request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Return the `nexus.run/1` document of a run."""
    return JsonResponse(queries.get_document(run_id), json_dumps_params={"indent": 2})


@require_safe
def samples(_request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Return the raw samples of a run as a CSV file to download."""
    run = queries.get_run(run_id)
    return HttpResponse(
        queries.samples_csv(run),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{run.lab}-{run.pk}.csv"'},
    )


def _evidence(data: PageData, view: RunView) -> dict[str, Any]:
    """Return the context for the evidence on a run's page."""
    document = view.document if view.status == RunStatus.DONE else None
    registered = data.registered.get(view.run.lab)
    evidence = RunEvidence(view, document, registered) if document else None
    return {"audit": evidence, **runs_to_compare(data, view.run.lab, shown=view)}
