"""How every page of accounts asks: a form, one call, and the reason where it was refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nexus.apps.users.errors import (
    EmailTakenError,
    PasswordRefusedError,
    PasswordWrongError,
    SecondFactorError,
    SecondFactorRequiredError,
)
from nexus.core.errors import NexusError, ThrottledError

if TYPE_CHECKING:
    from django.http import QueryDict

__all__ = ["REFUSED", "confirmation", "show_form", "submit", "submitted"]

REFUSED = object()
"""What `carried_out` gives where nothing was done."""

# At which field a reason is shown, by the first that the form has.
PLACES: dict[type[NexusError], tuple[str, ...]] = {
    PasswordWrongError: ("current", "password"),
    PasswordRefusedError: ("password",),
    SecondFactorError: ("code",),
    EmailTakenError: ("email",),
}


def submitted(request: HttpRequest) -> "QueryDict | None":
    """Return what was sent, or nothing where the page was only opened."""
    return request.POST if request.method == "POST" else None


def submit(form: Form, work: Callable[..., Any], **known: Any) -> Any:
    """Return what `work` makes of a form that is complete, or `REFUSED`, with the reason in it.

    Raises `SecondFactorRequiredError`, which is no refusal.
    """
    if not form.is_valid():
        return REFUSED
    try:
        return work(**form.cleaned_data, **known)
    except SecondFactorRequiredError:
        raise
    except NexusError as error:
        places = (name for name in PLACES.get(type(error), ()) if name in form.fields)
        sentence = error.message
        if isinstance(error, ThrottledError):
            sentence = f"These were too many tries. Wait {error.retry_after_s} s, then try again."
        form.add_error(next(places, None), ValidationError(sentence, code=error.code))
        return REFUSED


def show_form(
    request: HttpRequest, form: Form, template: str = "account/form.html", **known: Any
) -> HttpResponse:
    """Show a form; one that was refused with status 400."""
    status = 400 if form.is_bound else 200
    return render(request, template, {"section": "account", "form": form, **known}, status=status)


def confirmation(request: HttpRequest, title: str, *sentences: str) -> HttpResponse:
    """Say what has happened and what comes next."""
    context = {"section": "account", "title": title, "sentences": sentences}
    return render(request, "account/done.html", context)
