"""The front page and the pages of the library."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.library import queries
from nexus.web.presenters import Hub, PageLink

__all__ = ["home", "index", "page"]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what Nexus is, the challenges with today's verdicts, and the way into the library."""
    context = {"labs": Hub(request.user).labs(), "groups": _groups()}
    return render(request, "home.html", context)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List every page by kind."""
    return render(request, "library/index.html", {"section": "library", "groups": _groups()})


@require_safe
def page(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Show one page, its claims with their latest verdicts."""
    found = queries.get_page(kind, slug)
    hub = Hub(request.user)
    context = {
        "section": "library",
        "page": {
            "slug": found.slug,
            "kind": found.kind,
            "kind_label": queries.KIND_LABELS[found.kind],
            "title": found.title,
            "summary": found.summary,
            "topics": found.topics,
            "source_path": found.path,
            "updated": f"{found.changed_at:%-d %B %Y}",
        },
        "blocks": hub.blocks(found),
        "contents": found.contents,
        "prerequisites": [PageLink.to(other) for other in found.prerequisites.all()],
        "used_in": [PageLink.to(other) for other in found.used_in.all()],
        "proved_by": [lab for lab in hub.labs() if lab.page_url == request.path],
    }
    return render(request, "library/page.html", context)


def _groups() -> list[dict[str, object]]:
    return [
        {
            "kind": shelf.kind,
            "label": shelf.label,
            "pages": [PageLink.to(found) for found in shelf.pages],
        }
        for shelf in queries.list_shelves()
    ]
