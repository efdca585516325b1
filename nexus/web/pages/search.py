"""The search page."""

from collections.abc import Container

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.library import queries, services
from nexus.apps.library import search as library_search

__all__ = ["search"]

MAX_QUERY_LENGTH = 200


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search the library; htmx requests this page too, while the user types."""
    # PostgreSQL does not allow zero bytes in text.
    text = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:MAX_QUERY_LENGTH]
    topics = queries.list_topics()
    kind = _known_or_empty(queries.KIND_LABELS, request.GET.get("kind"))
    topic = _known_or_empty(topics, request.GET.get("topic"))
    result = library_search.search(text, kind=kind, topic=topic)
    # A partly typed query is not logged.
    if text and "HX-Request" not in request.headers:
        services.log_search(text=text, corrected=result.corrected, found=result.found)
    context = {
        "section": "search",
        "text": text,
        "kind": kind,
        "topic": topic,
        "found": result,
        "hits": [{"kind_label": queries.KIND_LABELS[hit.kind], "hit": hit} for hit in result.hits],
        "kinds": queries.KIND_LABELS.items(),
        "topics": topics,
    }
    return render(request, "search.html", context)


def _known_or_empty(known: Container[str], value: str | None) -> str:
    """Return `value` if it is known, otherwise "": an unknown filter is ignored."""
    return value if value is not None and value in known else ""
