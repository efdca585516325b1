"""Logging in with a provider, and authorising an OAuth client."""

from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nexus.apps.users import services
from nexus.apps.users.errors import RedirectRefusedError, SecondFactorRequiredError
from nexus.web.accounts import login_providers
from nexus.web.accounts.return_urls import safe_return_url
from nexus.web.middleware.security_headers import POLICY
from nexus.web.pages.account.login import form_methods, request_second_factor, start_session
from nexus.web.pages.account.settings import person

__all__ = ["authorize", "finish_provider_login", "start_provider_login"]

MAX_STATE_LENGTH = 500


@never_cache
@require_POST
def start_provider_login(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the user to a provider.

    This is a page rather than a redirect, because the content security policy forbids a form to
    redirect to another site.
    """
    next_address = safe_return_url(request, request.POST.get("next", ""))
    target = login_providers.begin(request, slug, next_address=next_address)
    context = {"section": "account", "target": target, "host": urlsplit(target).hostname}
    return render(request, "account/leave.html", context)


@never_cache
@require_safe
def finish_provider_login(request: HttpRequest, slug: str) -> HttpResponse:
    """Log in the user that a provider has authenticated."""
    identity, next_address = login_providers.finish(request, slug)
    try:
        user = services.log_in_with_provider(identity)
    except SecondFactorRequiredError as error:
        return request_second_factor(request, error.ticket, next_address)
    return start_session(request, user, next_address)


@never_cache
@login_required
@form_methods
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask whether a program may act for the user, and send it a code (RFC 8252, with PKCE)."""
    redirect_uri = request.GET.get("redirect_uri", "")
    challenge, state = request.GET.get("code_challenge", ""), request.GET.get("state", "")
    services.check_redirect(redirect_uri, challenge=challenge)
    plain = request.GET.get("code_challenge_method") != "S256"
    if plain or request.GET.get("response_type") != "code" or len(state) > MAX_STATE_LENGTH:
        raise RedirectRefusedError(
            "The request must have response_type=code, code_challenge_method=S256, and a state "
            f"of at most {MAX_STATE_LENGTH} characters."
        )
    if request.method == "POST":
        if "allow" not in request.POST:
            return _back(redirect_uri, error="access_denied", state=state)
        code = services.issue_code(
            by=person(request), redirect_uri=redirect_uri, challenge=challenge
        )
        return _back(redirect_uri, code=code, state=state)
    parts = urlsplit(redirect_uri)
    context = {"section": "account", "host": parts.netloc}
    response = render(request, "account/authorize.html", context)
    # Submitting the form redirects to the program.
    origin = f"{parts.scheme}://{parts.netloc}"
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {origin}")
    response.headers["Content-Security-Policy"] = policy
    return response


def _back(redirect_uri: str, **parameters: str) -> HttpResponse:
    separator = "&" if urlsplit(redirect_uri).query else "?"
    return HttpResponseRedirect(f"{redirect_uri}{separator}{urlencode(parameters)}")
