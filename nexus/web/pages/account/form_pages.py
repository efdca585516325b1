"""The pattern of every account page: a form, one service call, and its error in the form."""

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
"""The result of `submit` if the form was invalid or the service refused."""

# The fields at which an error may be shown: the first that the form has is used.
PLACES: dict[type[NexusError], tuple[str, ...]] = {
    PasswordWrongError: ("current", "password"),
    PasswordRefusedError: ("password",),
    SecondFactorError: ("code",),
    EmailTakenError: ("email",),
}


def submitted(request: HttpRequest) -> "QueryDict | None":
    """Return the submitted data, or None if the page was only opened."""
    return request.POST if request.method == "POST" else None


def submit(form: Form, work: Callable[..., Any], **arguments: Any) -> Any:
    """Call `work` with a valid form's data and return its result, or `REFUSED`.

    The form then contains the error. Raises `SecondFactorRequiredError`, which is not a refusal.
    """
    if not form.is_valid():
        return REFUSED
    try:
        return work(**form.cleaned_data, **arguments)
    except SecondFactorRequiredError:
        raise
    except NexusError as error:
        places = (name for name in PLACES.get(type(error), ()) if name in form.fields)
        sentence = error.message
        if isinstance(error, ThrottledError):
            sentence = f"Too many attempts. Try again in {error.retry_after_s} s."
        form.add_error(next(places, None), ValidationError(sentence, code=error.code))
        return REFUSED


def show_form(
    request: HttpRequest, form: Form, template: str = "account/form.html", **context: Any
) -> HttpResponse:
    """Render a form, with status 400 if it was refused."""
    status = 400 if form.is_bound else 200
    return render(request, template, {"section": "account", "form": form, **context}, status=status)


def confirmation(request: HttpRequest, title: str, *sentences: str) -> HttpResponse:
    """Render a page that says what has happened and what to do next."""
    context = {"section": "account", "title": title, "sentences": sentences}
    return render(request, "account/done.html", context)
