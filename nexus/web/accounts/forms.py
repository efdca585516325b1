"""Account forms; the services check the values."""

from typing import Any

from django import forms

__all__ = [
    "CodeForm",
    "DeleteForm",
    "EmailChangeForm",
    "EmailForm",
    "LogInForm",
    "NewPasswordForm",
    "PasswordChangeForm",
    "ProfileForm",
    "ProofForm",
    "SetupForm",
    "SignUpForm",
    "TokenForm",
]

MAX_PASSWORD_LENGTH = 128


class Form(forms.Form):
    """A form without a colon after each label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


def email() -> forms.EmailField:
    """Return a field for an email address."""
    widget = forms.EmailInput(attrs={"autocomplete": "username"})
    return forms.EmailField(label="Email address", max_length=254, widget=widget)


def name(*, required: bool = False) -> forms.CharField:
    """Return a field for a name."""
    widget = forms.TextInput(attrs={"autocomplete": "name"})
    return forms.CharField(label="Name", max_length=120, required=required, widget=widget)


def password(label: str = "Password") -> forms.CharField:
    """Return a field for an existing password."""
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label=label, max_length=MAX_PASSWORD_LENGTH, strip=False, widget=widget)


def new_password() -> forms.CharField:
    """Return a field for a new password."""
    return forms.CharField(
        label="New password",
        help_text="At least 10 characters, and not a commonly used password.",
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def code() -> forms.CharField:
    """Return a field for a two-factor code."""
    return forms.CharField(
        label="Code",
        help_text="The six-digit code from your app, or one of your recovery codes.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class EmailForm(Form):
    """An email address."""

    email = email()


class LogInForm(EmailForm):
    """An email address and a password."""

    password = password()


class SignUpForm(Form):
    """A new account."""

    name = name()
    email = email()
    password = new_password()


class CodeForm(Form):
    """A two-factor code."""

    code = code()


class TokenForm(Form):
    """A token from an email."""

    token = forms.CharField(
        label="Token from the email",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NewPasswordForm(TokenForm):
    """A new password, and the token from the email."""

    password = new_password()


class PasswordChangeForm(Form):
    """The current password and a new one."""

    current = password("Current password")
    password = new_password()


class EmailChangeForm(Form):
    """A new email address, and the account's password."""

    email = forms.EmailField(
        label="New email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = password()


class ProfileForm(Form):
    """The profile."""

    name = name()


class ProofForm(Form):
    """The password and a two-factor code, to confirm an action."""

    password = password()
    code = code()


class SetupForm(Form):
    """The first code of an authenticator app."""

    setup = forms.CharField(max_length=1_000, widget=forms.HiddenInput())
    code = code()
    password = password()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "The six-digit code that the app shows now."


class DeleteForm(Form):
    """The password, to confirm that the account is deleted."""

    password = password()
