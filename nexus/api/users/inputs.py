"""Inputs of accounts."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from nexus.api.fields import TEXT

__all__ = [
    "DeleteAccountInput",
    "EmailChangeInput",
    "EmailInput",
    "ExchangeInput",
    "LogInInput",
    "PasswordChangeInput",
    "ProfileInput",
    "ProofInput",
    "RefreshInput",
    "ResetInput",
    "SecondFactorInput",
    "SetupInput",
    "SignUpInput",
    "TokenInput",
]


class TextField(serializers.RegexField):
    """A JSON string; a number is not read as its digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(TEXT, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the string. Raises `ValidationError` for anything else."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


# Hashing a text of any length would be work that any client could cause.
MAX_PASSWORD_LENGTH = 128


@extend_schema_field(
    {
        "type": "string",
        "format": "new-password",
        "writeOnly": True,
        # Not minLength and maxLength: not every string between them is strong enough.
        "description": "10 to 128 characters, and not a common password.",
    }
)
class NewPasswordField(TextField):
    """A new password; the service decides whether it is strong enough."""

    def __init__(self) -> None:
        super().__init__(max_length=MAX_PASSWORD_LENGTH)


def password() -> TextField:
    """Return the field of an existing password."""
    return TextField(max_length=MAX_PASSWORD_LENGTH, write_only=True)


def name(**options: Any) -> TextField:
    """Return the field of a person's name."""
    return TextField(max_length=120, allow_blank=True, **options)


class EmailInput(serializers.Serializer[Any]):
    """An email address."""

    email = serializers.EmailField(max_length=254)


class SignUpInput(EmailInput):
    """A new account."""

    password = NewPasswordField()
    name = name(default="")


class LogInInput(EmailInput):
    """Credentials."""

    password = password()


class RefreshInput(serializers.Serializer[Any]):
    """The refresh token of a log-in."""

    refresh = TextField(max_length=100)


class TokenInput(serializers.Serializer[Any]):
    """A mailed token."""

    token = TextField(max_length=200)


class ResetInput(TokenInput):
    """A new password, and the mailed token that allows it."""

    password = NewPasswordField()


class PasswordChangeInput(serializers.Serializer[Any]):
    """The current password and a new one."""

    current_password = password()
    password = NewPasswordField()


class EmailChangeInput(LogInInput):
    """The new email address, and the password of the account."""


class ProfileInput(serializers.Serializer[Any]):
    """Changes of a profile; omitted members stay as they are."""

    name = name(required=False)


class DeleteAccountInput(serializers.Serializer[Any]):
    """The account's password, so that a stolen session cannot delete it."""

    password = password()


def code() -> TextField:
    """Return the field of a second factor's code."""
    return TextField(max_length=20, help_text="Six digits from the app, or a recovery code.")


class SecondFactorInput(serializers.Serializer[Any]):
    """The code that completes a log-in."""

    ticket = TextField(max_length=500, help_text="The ticket from `second_factor_required`.")
    code = code()


class SetupInput(serializers.Serializer[Any]):
    """The first code from the app, with the set-up it belongs to."""

    setup = TextField(max_length=1_000)
    code = code()
    password = password()


class ProofInput(serializers.Serializer[Any]):
    """The password and a code, as proof of ownership."""

    password = password()
    code = code()


class ExchangeInput(serializers.Serializer[Any]):
    """An authorization code and its PKCE verifier."""

    code = TextField(max_length=100)
    code_verifier = TextField(max_length=128)
    redirect_uri = TextField(max_length=500)
