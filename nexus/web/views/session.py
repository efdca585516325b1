"""The one-time link that signs the owner in."""

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from nexus.apps.users import services

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

__all__ = ["enter"]


@never_cache
@require_GET
def enter(request: "HttpRequest", token: str) -> "HttpResponse":
    """Sign in with a one-time link; whoever is signed in already is taken to the first page."""
    if not request.user.is_authenticated:
        user = services.redeem_login_link(token=token)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")
