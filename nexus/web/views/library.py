"""The front page and the pages of the library."""

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.apps.labs.freshness import FRESH_FOR
from nexus.apps.library import queries, services
from nexus.apps.library import search as searching
from nexus.web import front_door
from nexus.web.claim_list import ClaimList
from nexus.web.presenters import Hub, PageLink, SourceLink
from nexus.web.topic_map import TopicMap

if TYPE_CHECKING:
    from collections.abc import Container

    from django.http import HttpRequest, HttpResponse

__all__ = ["claims", "home", "index", "page", "search", "topics"]


@require_safe
def home(request: "HttpRequest") -> "HttpResponse":
    """Show what Nexus is, the challenges with today's verdicts, and the way into the library."""
    hub = Hub(request.user)
    rows = front_door.challenge_rows(hub)
    shelves = front_door.shelves(hub)
    context = {
        "featured": front_door.featured(rows),
        "rows": rows,
        "areas": front_door.areas(hub),
        "unwritten": front_door.UNWRITTEN,
        "shelves": [shelf for shelf in shelves if shelf.size],
        "empty_shelves": [shelf.label.lower() for shelf in shelves if not shelf.size],
        "folders": front_door.FOLDERS,
    }
    return render(request, "home.html", context)


@require_safe
def claims(request: "HttpRequest") -> "HttpResponse":
    """List every claim with how it stands here, all or those of one state."""
    listed = ClaimList(Hub(request.user), request.GET.get("state", ""))
    context = {"section": "claims", "list": listed, "fresh_days": FRESH_FOR.days}
    return render(request, "claims.html", context)


@require_safe
def index(request: "HttpRequest") -> "HttpResponse":
    """List every page by kind."""
    return render(request, "library/index.html", {"section": "library", "groups": _groups()})


@require_safe
def page(request: "HttpRequest", kind: str, slug: str) -> "HttpResponse":
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
            "updated": f"{found.changed_at:%-d %B %Y}",
        },
        "source": SourceLink.to(found.path),
        "blocks": hub.blocks(found),
        "contents": found.contents,
        "prerequisites": [PageLink.to(other) for other in found.prerequisites.all()],
        "used_in": [PageLink.to(other) for other in found.used_in.all()],
        "proved_by": [lab for lab in hub.labs() if lab.page_url == request.path],
    }
    return render(request, "library/page.html", context)


@require_safe
def topics(request: "HttpRequest") -> "HttpResponse":
    """Show the pages by topic, and which to read before which."""
    context = {"section": "library", "map": TopicMap(queries.list_pages())}
    return render(request, "topics.html", context)


@require_safe
def search(request: "HttpRequest") -> "HttpResponse":
    """Search the library; the same page answers while somebody is typing."""
    # PostgreSQL's texts have no zero byte.
    text = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:200]
    topics = queries.list_topics()
    kind = _one_of(queries.KIND_LABELS, request.GET.get("kind"))
    topic = _one_of(topics, request.GET.get("topic"))
    found = searching.search(text, kind=kind, topic=topic)
    # What is typed on the way to a word is no search of its own.
    if text and "HX-Request" not in request.headers:
        services.log_search(text=text, corrected=found.corrected, found=found.found)
    context = {
        "section": "search",
        "text": text,
        "kind": kind,
        "topic": topic,
        "found": found,
        "hits": [
            {
                "kind_label": queries.KIND_LABELS[hit.kind],
                "hit": hit,
            }
            for hit in found.hits
        ],
        "kinds": queries.KIND_LABELS.items(),
        "topics": topics,
    }
    return render(request, "search.html", context)


def _one_of(known: "Container[str]", value: str | None) -> str:
    """Give `value` where it is known, else nothing: an odd filter filters nothing."""
    return value if value is not None and value in known else ""


def _groups() -> list[dict[str, object]]:
    return [
        {
            "kind": shelf.kind,
            "label": shelf.label,
            "pages": [PageLink.to(found) for found in shelf.pages],
        }
        for shelf in queries.list_shelves()
    ]
