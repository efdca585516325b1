"""What people fill in about their accounts; whether it holds is decided by the services."""

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
    """A form without a colon behind every label."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.label_suffix = ""


def email() -> forms.EmailField:
    """Make the field of an address."""
    widget = forms.EmailInput(attrs={"autocomplete": "username"})
    return forms.EmailField(label="E-mail address", max_length=254, widget=widget)


def name(*, required: bool = False) -> forms.CharField:
    """Make the field of a person's name."""
    widget = forms.TextInput(attrs={"autocomplete": "name"})
    return forms.CharField(label="Name", max_length=120, required=required, widget=widget)


def password(label: str = "Password") -> forms.CharField:
    """Make the field of a password that there is."""
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label=label, max_length=MAX_PASSWORD_LENGTH, strip=False, widget=widget)


def new_password() -> forms.CharField:
    """Make the field of a password to be set."""
    return forms.CharField(
        label="New password",
        help_text="At least 10 characters, and not a password that many people use.",
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def code() -> forms.CharField:
    """Make the field of a code of the second factor."""
    return forms.CharField(
        label="Code",
        help_text="Six digits from your app, or one of your recovery codes.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class EmailForm(Form):
    """An address."""

    email = email()


class LogInForm(EmailForm):
    """Who logs in."""

    password = password()


class SignUpForm(Form):
    """An account to be made."""

    name = name()
    email = email()
    password = new_password()


class CodeForm(Form):
    """A code of the second factor."""

    code = code()


class TokenForm(Form):
    """A token that came by mail."""

    token = forms.CharField(
        label="Token from the mail",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NewPasswordForm(TokenForm):
    """A new password, and the mailed token that allows it."""

    password = new_password()


class PasswordChangeForm(Form):
    """The present password and a new one."""

    current = password("Present password")
    password = new_password()


class EmailChangeForm(Form):
    """The new address, and the password of the account."""

    email = forms.EmailField(
        label="New e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = password()


class ProfileForm(Form):
    """What a person says of themselves."""

    name = name()


class ProofForm(Form):
    """That it is the owner who asks: the password and a code."""

    password = password()
    code = code()


class SetupForm(Form):
    """The first code of an app."""

    setup = forms.CharField(max_length=1_000, widget=forms.HiddenInput())
    code = code()
    password = password()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["code"].help_text = "The six digits that the app shows now."


class DeleteForm(Form):
    """The password of the account that is to go."""

    password = password()
