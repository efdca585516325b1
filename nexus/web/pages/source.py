"""The source view of a file."""

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.web.pages.page_data import PageData, PageLink
from nexus.web.pages.source_files import read_source

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

__all__ = ["show"]


@require_safe
def show(request: "HttpRequest", path: str) -> "HttpResponse":
    """Show a file with line numbers, and the page it belongs to."""
    file = read_source(path)
    parts = path.replace("_", "-").split("/")
    page = PageData(request.user).pages.get("/".join(parts[1:3])) if parts[0] == "library" else None
    context = {"file": file, "page": PageLink.to(page) if page else None}
    return render(request, "source.html", context)
