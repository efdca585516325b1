"""Signing up and coming in: by a password, a second factor, or a mail."""

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
    """Ask for address and password, and sign in; a second factor is asked for on its own page."""
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
    """Ask for the code that completes a log-in."""
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
    lead = "The password was right. A code of your app completes the log-in."
    return show_form(request, form, title="Second factor", lead=lead, button="Log in")


def request_second_factor(request: HttpRequest, ticket: str, next_address: str) -> HttpResponse:
    """Keep the ticket of who has shown the first factor, and ask for the second."""
    request.session[TICKET], request.session[NEXT] = ticket, next_address
    return redirect("account:second-factor")


def start_session(request: HttpRequest, user: Any, next_address: str) -> HttpResponse:
    """Begin a session, and go on to where the person wanted to go."""
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
    """Make an account; what is said afterwards is the same where there was one."""
    form = SignUpForm(submitted(request))
    if submit(form, services.sign_up, address=client_address(request)) is not REFUSED:
        return confirmation(request, "Look into your mailbox", "A mail is on its way.", *_where())
    lead = "An account keeps what is yours: products, stays, bookings."
    return show_form(request, form, title="Sign up", lead=lead, button="Sign up", known=True)


@never_cache
@form_methods
def verify(request: HttpRequest) -> HttpResponse:
    """Verify an address with the token of a mail."""
    form = _with_token(request, TokenForm)
    if submit(form, services.verify_email, address=client_address(request)) is not REFUSED:
        return confirmation(request, "Your address is verified", "You can log in now.")
    lead = "The mail that was sent to your address has a token in it."
    return show_form(request, form, title="Verify your address", lead=lead, button="Verify it")


@never_cache
@form_methods
def reset(request: HttpRequest) -> HttpResponse:
    """Mail a token that sets a new password."""
    form = EmailForm(submitted(request))
    if submit(form, services.request_reset, address=client_address(request)) is not REFUSED:
        sentence = "If this address has an account, a mail is on its way."
        return confirmation(request, "Look into your mailbox", sentence, *_where())
    lead = "A mail to your address lets you set another one."
    return show_form(
        request, form, title="Forgotten your password?", lead=lead, button="Send the mail"
    )


@never_cache
@form_methods
def reset_password(request: HttpRequest) -> HttpResponse:
    """Set a new password with the token of a mail."""
    form = _with_token(request, NewPasswordForm)
    if submit(form, services.reset_password, address=client_address(request)) is not REFUSED:
        return confirmation(
            request, "Your password is set", "Every log-in has ended. Log in with it now."
        )
    return show_form(request, form, title="Set a new password", button="Set it")


@never_cache
@form_methods
def confirm_email(request: HttpRequest) -> HttpResponse:
    """Return an account its new address with the token of a mail."""
    form = _with_token(request, TokenForm)
    if submit(form, services.confirm_email, address=client_address(request)) is not REFUSED:
        return confirmation(request, "Your address has changed", "Use it to log in from now on.")
    return show_form(request, form, title="Confirm your new address", button="Confirm it")


def _with_token(request: HttpRequest, kind: Any) -> Any:
    """Make a form whose token stands in the link of a mail: opening it alone changes nothing."""
    return kind(submitted(request), initial={"token": request.GET.get("token", "")})


def _where() -> list[str]:
    """Report the owner of a machine without a mail server where mails are."""
    if settings.EMBEDDED and settings.EMAIL_FILE_PATH:
        return [f"This installation writes its mails to files in {settings.EMAIL_FILE_PATH}."]
    return []
