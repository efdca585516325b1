"""The pages of the library and their list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from nexus.apps.library import queries
from nexus.apps.library.errors import PageNotFoundError
from nexus.apps.library.reading.page import page_url
from nexus.web.pages.page_data import PageData, PageLink, SourceLink

__all__ = ["index", "page"]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the pages by kind."""
    groups = [
        {
            "kind": shelf.kind,
            "label": shelf.label,
            "pages": [PageLink.to(page) for page in shelf.pages],
        }
        for shelf in queries.list_shelves()
    ]
    return render(request, "library/index.html", {"section": "library", "groups": groups})


@require_safe
def page(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Show one page, with the latest verdicts of its claims."""
    try:
        page = queries.get_page(kind, slug)
    except PageNotFoundError:
        if key := queries.current_page_key(kind, slug):
            return redirect(page_url(key), permanent=True)
        raise
    data = PageData(request.user)
    context = {
        "section": "library",
        "page": {
            "slug": page.slug,
            "kind": page.kind,
            "kind_label": queries.KIND_LABELS[page.kind],
            "title": page.title,
            "summary": page.summary,
            "topics": page.topics,
            "updated": f"{page.changed_at:%-d %B %Y}",
        },
        "source": SourceLink.to(page.path),
        "blocks": data.blocks(page),
        "contents": page.contents,
        "prerequisites": [PageLink.to(other) for other in page.prerequisites.all()],
        "used_in": [PageLink.to(other) for other in page.used_in.all()],
        "proved_by": [lab for lab in data.labs() if lab.page_url == request.path],
    }
    return render(request, "library/page.html", context)
