"""Signing up, logging in with password and second factor, and the tokens sent by email."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from nexus.apps.users import services
from nexus.apps.users.errors import SecondFactorRequiredError, TicketError
from nexus.core.security.client_address import client_address
from nexus.web.accounts.forms import (
    CodeForm,
    EmailForm,
    LogInForm,
    NewPasswordForm,
    SignUpForm,
    TokenForm,
)
from nexus.web.accounts.return_urls import safe_return_url
from nexus.web.pages.account.form_pages import REFUSED, confirmation, show_form, submit, submitted

__all__ = [
    "confirm_email",
    "log_in",
    "log_out",
    "request_second_factor",
    "reset",
    "reset_password",
    "second_factor",
    "sign_up",
    "start_session",
    "verify",
]

BACKEND = "django.contrib.auth.backends.ModelBackend"
TICKET, NEXT = "ticket", "ticket_next"

form_methods = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@form_methods
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in with email address and password; a second factor has its own page."""
    next_address = safe_return_url(request, request.POST.get("next", request.GET.get("next", "")))
    form = LogInForm(submitted(request))
    try:
        user = submit(form, services.log_in_with_password, address=client_address(request))
    except SecondFactorRequiredError as error:
        return request_second_factor(request, error.ticket, next_address)
    if user is not REFUSED:
        return start_session(request, user, next_address)
    return show_form(
        request,
        form,
        "account/log_in.html",
        title="Log in",
        button="Log in",
        next=next_address,
        providers=settings.LOGIN_PROVIDERS,
    )


@never_cache
@form_methods
def second_factor(request: HttpRequest) -> HttpResponse:
    """Complete a login with a two-factor code."""
    form = CodeForm(submitted(request))
    ticket = request.session.get(TICKET, "")
    if not ticket:
        return redirect("account:log-in")
    address = client_address(request)
    user = submit(form, services.complete_log_in, ticket=ticket, address=address)
    if user is not REFUSED:
        del request.session[TICKET]
        return start_session(request, user, request.session.pop(NEXT, ""))
    if form.has_error("__all__", TicketError.code):
        del request.session[TICKET]
    lead = "Your password is correct. Enter a code from your app to log in."
    return show_form(request, form, title="Two-factor authentication", lead=lead, button="Log in")


def request_second_factor(request: HttpRequest, ticket: str, next_address: str) -> HttpResponse:
    """Store the ticket of a login whose first factor was correct, and ask for the second."""
    request.session[TICKET], request.session[NEXT] = ticket, next_address
    return redirect("account:second-factor")


def start_session(request: HttpRequest, user: Any, next_address: str) -> HttpResponse:
    """Start a session, and redirect to the page that was requested."""
    login(request, user, backend=BACKEND)
    return redirect(safe_return_url(request, next_address) or "account:own")


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("home")


@never_cache
@form_methods
def sign_up(request: HttpRequest) -> HttpResponse:
    """Create an account; the response is the same if the address already has one."""
    form = SignUpForm(submitted(request))
    if submit(form, services.sign_up, address=client_address(request)) is not REFUSED:
        return confirmation(request, "Check your email", "We have sent you an email.", *_where())
    lead = "An account stores your products, stays and bookings."
    return show_form(request, form, title="Sign up", lead=lead, button="Sign up", known=True)


@never_cache
@form_methods
def verify(request: HttpRequest) -> HttpResponse:
    """Verify an email address with the token from an email."""
    form = _with_token(request, TokenForm)
    if submit(form, services.verify_email, address=client_address(request)) is not REFUSED:
        return confirmation(request, "Your email address is verified", "You can log in now.")
    lead = "Enter the token from the email that we sent to your address."
    return show_form(request, form, title="Verify your email address", lead=lead, button="Verify")


@never_cache
@form_methods
def reset(request: HttpRequest) -> HttpResponse:
    """Send an email with a token to set a new password."""
    form = EmailForm(submitted(request))
    if submit(form, services.request_reset, address=client_address(request)) is not REFUSED:
        sentence = "If this address has an account, we have sent it an email."
        return confirmation(request, "Check your email", sentence, *_where())
    lead = "We will send you an email to set a new password."
    return show_form(request, form, title="Forgot your password?", lead=lead, button="Send email")


@never_cache
@form_methods
def reset_password(request: HttpRequest) -> HttpResponse:
    """Set a new password with the token from an email."""
    form = _with_token(request, NewPasswordForm)
    if submit(form, services.reset_password, address=client_address(request)) is not REFUSED:
        return confirmation(
            request,
            "Your password is set",
            "All sessions have ended. Log in with the new password.",
        )
    return show_form(request, form, title="Set a new password", button="Set password")


@never_cache
@form_methods
def confirm_email(request: HttpRequest) -> HttpResponse:
    """Change the email address of an account with the token from an email."""
    form = _with_token(request, TokenForm)
    if submit(form, services.confirm_email, address=client_address(request)) is not REFUSED:
        return confirmation(
            request, "Your email address has changed", "Use it to log in from now on."
        )
    return show_form(request, form, title="Confirm your new email address", button="Confirm")


def _with_token(request: HttpRequest, kind: Any) -> Any:
    """Return a form with the token from the link in an email; opening the link changes nothing."""
    return kind(submitted(request), initial={"token": request.GET.get("token", "")})


def _where() -> list[str]:
    """Return where emails are saved, on an installation without a mail server."""
    if settings.EMBEDDED and settings.EMAIL_FILE_PATH:
        return [f"This installation saves emails as files in {settings.EMAIL_FILE_PATH}."]
    return []
