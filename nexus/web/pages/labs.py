"""The list of labs, a lab's page, and the button that starts a run."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from nexus.apps.labs import services
from nexus.apps.labs.errors import LabNotFoundError
from nexus.apps.labs.registry import current_lab_slug, find_lab
from nexus.apps.labs.states import RunForm
from nexus.web.pages.page_data import PageData
from nexus.web.pages.run_comparison import runs_to_compare

__all__ = ["detail", "index", "start"]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the labs with their claims and verdicts."""
    context = {"section": "labs", "labs": PageData(request.user).labs()}
    return render(request, "labs/index.html", context)


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one lab."""
    try:
        registered = find_lab(slug)
    except LabNotFoundError:
        if current := current_lab_slug(slug):
            return redirect("labs:detail", slug=current, permanent=True)
        raise
    data = PageData(request.user)
    context = {"section": "labs", "lab": data.lab(registered), **runs_to_compare(data, slug)}
    return render(request, "labs/lab.html", context)


@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Queue a run and redirect to its page."""
    form = request.POST.get("form", "")
    run = services.request_run(
        lab=slug,
        by=request.user,
        form=form if form in RunForm.values else RunForm.FULL,
    )
    return redirect("runs:detail", run_id=run.pk)
