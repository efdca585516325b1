"""One's own account: what it says, what opens it, its data, and its end."""

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
    """Return who asks; the views here let nobody else pass."""
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
    known = {"title": "Your account", "button": "Save", "access": queries.get_access(user)}
    return show_form(request, form, "account/own.html", **known)


@never_cache
@login_required
@form_methods
def change_password(request: HttpRequest) -> HttpResponse:
    """Set another password; this session alone goes on."""
    user, form = person(request), PasswordChangeForm(submitted(request))
    address = client_address(request)
    if submit(form, services.change_password, by=user, address=address) is not REFUSED:
        user.refresh_from_db()
        update_session_auth_hash(request, user)
        return confirmation(request, "Your password has changed", "Every other log-in has ended.")
    return show_form(request, form, title="Change your password", button="Change it")


@never_cache
@login_required
@form_methods
def change_email(request: HttpRequest) -> HttpResponse:
    """Mail a token to a new address."""
    user, form = person(request), EmailChangeForm(submitted(request))
    address = client_address(request)
    if submit(form, services.change_email, by=user, address=address) is not REFUSED:
        sentence = "A mail is on its way to the new address. Until it has answered, this one stays."
        return confirmation(request, "Look into your new mailbox", sentence)
    lead = f"It is {user.email} now."
    return show_form(request, form, title="Change your address", lead=lead, button="Send the mail")


@never_cache
@login_required
@form_methods
def set_up_second_factor(request: HttpRequest) -> HttpResponse:
    """Show the secret for an app, and turn the second factor on with its first code."""
    user, address = person(request), client_address(request)
    if request.method == "POST":
        form = SetupForm(request.POST)
        work = services.turn_on_second_factor
        codes = submit(form, work, by=user, address=address)
        if codes is not REFUSED:
            return _show_codes(request, codes, "Your second factor is on")
        setup = services.resume_second_factor(by=user, setup=request.POST.get("setup", ""))
    else:
        setup = services.start_second_factor(by=user)
        form = SetupForm(initial={"setup": setup.setup})
    return show_form(
        request,
        form,
        "account/set_up_second_factor.html",
        title="Set up a second factor",
        button="Turn it on",
        setup=setup,
        # Made here, of a text of ours.
        qr=mark_safe(setup.qr_svg),  # noqa: S308 -- drawn by the library, nobody's markup in it
    )


@never_cache
@login_required
@form_methods
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes."""
    form, address = ProofForm(submitted(request)), client_address(request)
    work = services.renew_recovery_codes
    codes = submit(form, work, by=person(request), address=address)
    if codes is not REFUSED:
        return _show_codes(request, codes, "New recovery codes")
    lead = "The earlier ones stop working."
    return show_form(request, form, title="New recovery codes", lead=lead, button="Make them")


@never_cache
@login_required
@form_methods
def turn_off_second_factor(request: HttpRequest) -> HttpResponse:
    """Let the password alone open the account."""
    form, address = ProofForm(submitted(request)), client_address(request)
    work = services.turn_off_second_factor
    if submit(form, work, by=person(request), address=address) is not REFUSED:
        return redirect("account:own")
    lead = "From then on the password alone opens this account."
    return show_form(
        request, form, title="Turn the second factor off", lead=lead, button="Turn it off"
    )


@login_required
@require_POST
def unlink(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a provider open the account no more."""
    services.unlink_provider(by=person(request), provider=slug)
    return redirect("account:own")


@never_cache
@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Return all that is kept of who asks, as a file."""
    return JsonResponse(
        queries.export_account(person(request)),
        json_dumps_params={"indent": 2},
        headers={"Content-Disposition": 'attachment; filename="nexus-account.json"'},
    )


@never_cache
@login_required
@form_methods
def delete(request: HttpRequest) -> HttpResponse:
    """Delete everything personal, for good."""
    form, address = DeleteForm(submitted(request)), client_address(request)
    if submit(form, services.delete_account, by=person(request), address=address) is not REFUSED:
        logout(request)
        return confirmation(
            request, "Your account is deleted", "What others need stays, without a name."
        )
    lead = "Everything personal goes, for good. What others need stays, without a name."
    return show_form(
        request, form, title="Delete your account", lead=lead, button="Delete it for good"
    )


def _show_codes(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    context = {"section": "account", "title": title, "codes": codes}
    return render(request, "account/recovery_codes.html", context)
