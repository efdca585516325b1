"""The one-time link that signs the owner in."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from nexus.apps.users import services

__all__ = ["redeem"]


@never_cache
@require_GET
def redeem(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in with a one-time link, unless already signed in, and redirect to the home page."""
    if not request.user.is_authenticated:
        user = services.redeem_login_link(token=token)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")
