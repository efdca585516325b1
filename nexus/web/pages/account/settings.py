"""Account settings: profile, password, second factor, data export and deletion."""

from typing import TYPE_CHECKING, cast

from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from nexus.apps.users import queries, services
from nexus.core.security.client_address import client_address
from nexus.web.accounts.forms import (
    DeleteForm,
    EmailChangeForm,
    PasswordChangeForm,
    ProfileForm,
    ProofForm,
    SetupForm,
)
from nexus.web.pages.account.form_pages import REFUSED, confirmation, show_form, submit, submitted
from nexus.web.pages.account.login import form_methods

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = [
    "account",
    "change_email",
    "change_password",
    "delete",
    "export",
    "renew_recovery_codes",
    "set_up_second_factor",
    "turn_off_second_factor",
    "unlink",
]


def person(request: HttpRequest) -> "User":
    """Return the user of the request, for views that require a login."""
    return cast("User", request.user)


@never_cache
@login_required
@form_methods
def account(request: HttpRequest) -> HttpResponse:
    """Show the account, and change the name."""
    user = person(request)
    form = ProfileForm(submitted(request), initial={"name": user.name})
    if submit(form, services.update_profile, by=user) is not REFUSED:
        return redirect("account:own")
    context = {"title": "Your account", "button": "Save", "access": queries.get_access(user)}
    return show_form(request, form, "account/own.html", **context)


@never_cache
@login_required
@form_methods
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password; all other sessions end."""
    user, form = person(request), PasswordChangeForm(submitted(request))
    address = client_address(request)
    if submit(form, services.change_password, by=user, address=address) is not REFUSED:
        user.refresh_from_db()
        update_session_auth_hash(request, user)
        return confirmation(request, "Your password has changed", "All other sessions have ended.")
    return show_form(request, form, title="Change your password", button="Change password")


@never_cache
@login_required
@form_methods
def change_email(request: HttpRequest) -> HttpResponse:
    """Send an email with a token to the new address."""
    user, form = person(request), EmailChangeForm(submitted(request))
    address = client_address(request)
    if submit(form, services.change_email, by=user, address=address) is not REFUSED:
        sentence = (
            "We have sent an email to your new address. Your address changes once you confirm it."
        )
        return confirmation(request, "Check your email", sentence)
    lead = f"Your current email address is {user.email}."
    return show_form(
        request, form, title="Change your email address", lead=lead, button="Send email"
    )


@never_cache
@login_required
@form_methods
def set_up_second_factor(request: HttpRequest) -> HttpResponse:
    """Show the secret for an app, and enable the second factor with the app's first code."""
    user, address = person(request), client_address(request)
    if request.method == "POST":
        form = SetupForm(request.POST)
        work = services.turn_on_second_factor
        codes = submit(form, work, by=user, address=address)
        if codes is not REFUSED:
            return _show_codes(request, codes, "Two-factor authentication is on")
        setup = services.resume_second_factor(by=user, setup=request.POST.get("setup", ""))
    else:
        setup = services.start_second_factor(by=user)
        form = SetupForm(initial={"setup": setup.setup})
    return show_form(
        request,
        form,
        "account/set_up_second_factor.html",
        title="Set up two-factor authentication",
        button="Turn on",
        setup=setup,
        qr=mark_safe(setup.qr_svg),  # noqa: S308 -- generated here, without any user's markup
    )


@never_cache
@login_required
@form_methods
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Generate new recovery codes."""
    form, address = ProofForm(submitted(request)), client_address(request)
    work = services.renew_recovery_codes
    codes = submit(form, work, by=person(request), address=address)
    if codes is not REFUSED:
        return _show_codes(request, codes, "New recovery codes")
    lead = "Your existing codes will stop working."
    return show_form(request, form, title="New recovery codes", lead=lead, button="Generate codes")


@never_cache
@login_required
@form_methods
def turn_off_second_factor(request: HttpRequest) -> HttpResponse:
    """Disable the second factor: the password is then enough to log in."""
    form, address = ProofForm(submitted(request)), client_address(request)
    work = services.turn_off_second_factor
    if submit(form, work, by=person(request), address=address) is not REFUSED:
        return redirect("account:own")
    lead = "You will then log in with your password only."
    return show_form(
        request, form, title="Turn off two-factor authentication", lead=lead, button="Turn off"
    )


@login_required
@require_POST
def unlink(request: HttpRequest, slug: str) -> HttpResponse:
    """Unlink a login provider."""
    services.unlink_provider(by=person(request), provider=slug)
    return redirect("account:own")


@never_cache
@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return the personal data of the user, as a file."""
    return JsonResponse(
        queries.export_account(person(request)),
        json_dumps_params={"indent": 2},
        headers={"Content-Disposition": 'attachment; filename="nexus-account.json"'},
    )


@never_cache
@login_required
@form_methods
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account and all personal data permanently."""
    form, address = DeleteForm(submitted(request)), client_address(request)
    if submit(form, services.delete_account, by=person(request), address=address) is not REFUSED:
        logout(request)
        return confirmation(
            request,
            "Your account is deleted",
            "Records that others need are kept without your name.",
        )
    lead = (
        "Your personal data is permanently deleted. Records that others need are kept without your "
        "name."
    )
    return show_form(request, form, title="Delete your account", lead=lead, button="Delete account")


def _show_codes(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    context = {"section": "account", "title": title, "codes": codes}
    return render(request, "account/recovery_codes.html", context)
