"""The About page: the origin of Nexus, the meaning of a verdict, how to contribute."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

__all__ = ["about"]


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Show the page."""
    return render(request, "about.html", {"section": "about"})
