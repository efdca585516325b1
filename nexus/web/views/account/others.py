"""Coming in by a provider, and letting a program in."""

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nexus.apps.users import services
from nexus.apps.users.errors import RedirectRefusedError, SecondFactorRequiredError
from nexus.web import providers
from nexus.web.addresses import own_address
from nexus.web.middleware import POLICY
from nexus.web.views.account.entering import ask_for_code, asks, let_in
from nexus.web.views.account.own import person

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

__all__ = ["arrive", "authorize", "leave"]

LONGEST_STATE = 500


@never_cache
@require_POST
def leave(request: "HttpRequest", slug: str) -> "HttpResponse":
    """Send the person to a provider.

    By a page and not by a redirect: the content security policy lets a form lead nowhere else.
    """
    next_address = own_address(request, request.POST.get("next", ""))
    target = providers.begin(request, slug, next_address=next_address)
    context = {"section": "account", "target": target, "host": urlsplit(target).hostname}
    return render(request, "account/leave.html", context)


@never_cache
@require_safe
def arrive(request: "HttpRequest", slug: str) -> "HttpResponse":
    """Let in whom a provider has recognised."""
    identity, next_address = providers.finish(request, slug)
    try:
        user = services.enter_by_provider(identity)
    except SecondFactorRequiredError as error:
        return ask_for_code(request, error.ticket, next_address)
    return let_in(request, user, next_address)


@never_cache
@login_required
@asks
def authorize(request: "HttpRequest") -> "HttpResponse":
    """Ask whether a program may act for the person, and send its code (RFC 8252, with PKCE)."""
    redirect_uri = request.GET.get("redirect_uri", "")
    challenge, state = request.GET.get("code_challenge", ""), request.GET.get("state", "")
    services.check_redirect(redirect_uri, challenge=challenge)
    plain = request.GET.get("code_challenge_method") != "S256"
    if plain or request.GET.get("response_type") != "code" or len(state) > LONGEST_STATE:
        raise RedirectRefusedError(
            "A program asks with response_type=code, code_challenge_method=S256, and a state of "
            f"at most {LONGEST_STATE} characters."
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
    answer = render(request, "account/authorize.html", context)
    # The form's answer leads to the program.
    origin = f"{parts.scheme}://{parts.netloc}"
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {origin}")
    answer.headers["Content-Security-Policy"] = policy
    return answer


def _back(redirect_uri: str, **told: str) -> "HttpResponse":
    sign = "&" if urlsplit(redirect_uri).query else "?"
    return HttpResponseRedirect(f"{redirect_uri}{sign}{urlencode(told)}")
