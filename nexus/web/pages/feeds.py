"""The library for programs: llms.txt and an Atom feed."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from nexus.apps.labs import queries as lab_queries
from nexus.apps.library import queries as library_queries
from nexus.apps.library.reading.page import page_url
from nexus.web.pages.page_data import PageData

__all__ = ["atom", "llms"]

ABOUT = (
    "A backend-engineering handbook whose claims are experiments that run on your own machine "
    "and end with a verdict: supported, refuted or inconclusive."
)
MAX_ENTRIES = 50


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    """Return the site map in llms.txt format: a title, a summary, links by kind."""
    return HttpResponse("\n".join(_map(request)), content_type="text/plain; charset=utf-8")


@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """Return an Atom feed of changed pages and verdicts, newest first."""
    feed = Atom1Feed(
        title="Nexus: pages and verdicts",
        link=request.build_absolute_uri(reverse("home")),
        description=ABOUT,
        feed_url=request.build_absolute_uri(),
    )
    for entry in _entries(request, PageData(request.user)):
        feed.add_item(**entry)
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _map(request: HttpRequest) -> Iterator[str]:
    yield from ("# Nexus", "", f"> {ABOUT}", "")
    for shelf in library_queries.list_shelves():
        yield from (f"## {shelf.label}", "")
        for page in shelf.pages:
            url = request.build_absolute_uri(page_url(page.key))
            yield f"- [{page.title}]({url}): {page.summary}"
        yield ""
    claims_url = request.build_absolute_uri(reverse("api:claim-lines"))
    docs_url = request.build_absolute_uri(reverse("api:docs"))
    yield from (
        "## Data",
        "",
        f"- [Every claim with its status]({claims_url}): one JSON object per line",
        f"- [The REST API]({docs_url}): pages, claims, labs and runs, with an OpenAPI document",
        "",
    )


def _entries(request: HttpRequest, hub: PageData) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = [
        {
            "title": page.title,
            "link": request.build_absolute_uri(page_url(page.key)),
            "description": page.summary,
            "updateddate": page.changed_at,
            "unique_id": f"{request.build_absolute_uri(page_url(page.key))}@{page.digest[:12]}",
        }
        for page in library_queries.list_changed(limit=MAX_ENTRIES)
    ]
    runs: list[dict[str, Any]] = [
        {
            "title": f"{hub.run(run).lab.title}: {run.verdict}",
            "link": request.build_absolute_uri(reverse("runs:detail", args=[run.pk])),
            "description": f"The lab {run.lab} ended with the verdict {run.verdict}.",
            "updateddate": run.ended_at,
            "unique_id": run.pk.urn,
        }
        for run in lab_queries.list_ended(limit=MAX_ENTRIES)
    ]
    newest = sorted([*pages, *runs], key=lambda entry: entry["updateddate"], reverse=True)
    return newest[:MAX_ENTRIES]
