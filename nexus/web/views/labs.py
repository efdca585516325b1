"""Labs and runs: see them, start one, watch it, cancel it, take its results away."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nexus.apps.labs import queries, services
from nexus.apps.labs.errors import RunNotFoundError
from nexus.apps.labs.registry import find_lab
from nexus.apps.labs.states import RunForm, RunStatus
from nexus.engines.experiment.document.schema import json_schema
from nexus.web.audit import Audit
from nexus.web.presenters import Hub
from nexus.web.side_by_side import SideBySide

if TYPE_CHECKING:
    from django.http import HttpRequest

    from nexus.web.presenters import RunView

__all__ = [
    "cancel",
    "compare",
    "detail",
    "document",
    "index",
    "progress",
    "run",
    "samples",
    "schema",
    "start",
]


@require_safe
def index(request: "HttpRequest") -> HttpResponse:
    """List every lab with its claims and their verdicts."""
    return render(
        request,
        "labs/index.html",
        {"section": "labs", "labs": Hub(request.user).labs()},
    )


@require_safe
def detail(request: "HttpRequest", slug: str) -> HttpResponse:
    """Show one lab."""
    hub = Hub(request.user)
    context = {"section": "labs", "lab": hub.lab(find_lab(slug)), **_runs(hub, slug)}
    return render(request, "labs/lab.html", context)


@require_POST
def start(request: "HttpRequest", slug: str) -> HttpResponse:
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
def run(request: "HttpRequest", run_id: UUID) -> HttpResponse:
    """Show a run: its progress, or its verdict with the evidence."""
    hub = Hub(request.user)
    view = hub.run(queries.get_run(run_id))
    context = {"section": "labs", "run": view, **_evidence(hub, view)}
    return render(request, "runs/run.html", context)


@never_cache
@require_safe
def progress(request: "HttpRequest", run_id: UUID) -> HttpResponse:
    """Return the part of a run's page that changes while it lasts, at its end all that changes."""
    hub = Hub(request.user)
    view = hub.run(queries.get_run(run_id))
    context: dict[str, Any] = {"run": view}
    if view.run.has_ended:
        context |= {"all_that_changes": True, **_evidence(hub, view)}
    return render(request, "runs/_progress.html", context)


@require_POST
def cancel(request: "HttpRequest", run_id: UUID) -> HttpResponse:
    """Ask for a run to be cancelled and go back to it."""
    services.cancel_run(run_id=run_id, by=request.user)
    return redirect("runs:detail", run_id=run_id)


@require_safe
def schema(_request: "HttpRequest") -> HttpResponse:
    """Return the JSON Schema of `nexus.run/1`."""
    return JsonResponse(
        json_schema(),
        json_dumps_params={"indent": 2},
        content_type="application/schema+json",
    )


@require_safe
def document(_request: "HttpRequest", run_id: UUID) -> HttpResponse:
    """Return the `nexus.run/1` document of a run."""
    return JsonResponse(queries.get_document(run_id), json_dumps_params={"indent": 2})


@require_safe
def samples(_request: "HttpRequest", run_id: UUID) -> HttpResponse:
    """Return the raw samples of a run as a CSV file."""
    run = queries.get_run(run_id)
    return HttpResponse(
        queries.samples_csv(run),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{run.lab}-{run.pk}.csv"'},
    )


@never_cache
@require_safe
def compare(request: "HttpRequest") -> HttpResponse:
    """Compare two runs."""
    hub = Hub(request.user)
    first, second = (_chosen(hub, request.GET.get(name, "")) for name in ("first", "second"))
    context = {"section": "labs", "pair": SideBySide(first, second)}
    return render(request, "runs/compare.html", context)


def _chosen(hub: Hub, run_id: str) -> "RunView":
    """Return a run that has a verdict. Raises `RunNotFoundError` for any other."""
    try:
        run = queries.get_run(UUID(run_id))
    except ValueError:
        raise RunNotFoundError(
            "Choose two runs to compare: the page of each lab lists its runs."
        ) from None
    if run.status != RunStatus.DONE:
        raise RunNotFoundError(
            f"Run {str(run.pk)[:8]} has no verdict, so there is nothing to compare. "
            "Choose one that has.",
        )
    return hub.run(run)


def _runs(hub: Hub, lab: str, *, shown: "RunView | None" = None) -> dict[str, Any]:
    """Return the newest runs of a lab, and the two that are offered to be compared.

    These are the newest with a verdict; on the page of a run, that run and the newest other.
    """
    runs = hub.runs(lab)
    ended = [run for run in runs if run.status == RunStatus.DONE]
    second = shown if shown and shown.status == RunStatus.DONE else next(iter(ended), None)
    first = next((run for run in ended if second and run.id != second.id), None)
    return {"runs": runs, "first": first, "second": second}


def _evidence(hub: Hub, run: "RunView") -> dict[str, Any]:
    """Return what follows the verdict on a run's page."""
    document = run.document if run.status == RunStatus.DONE else None
    audit = Audit(run, document, hub.registered.get(run.run.lab)) if document else None
    return {"audit": audit, **_runs(hub, run.run.lab, shown=run)}
