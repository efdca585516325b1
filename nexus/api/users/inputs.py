"""What can be asked of accounts."""

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
    """A text that was sent as one; a number is not read as its digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(TEXT, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Give the text. Raises `ValidationError` for anything else."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


# Hashing a text of any length would be work that anybody could ask for.
MAX_PASSWORD_LENGTH = 128


@extend_schema_field(
    {
        "type": "string",
        "format": "new-password",
        "writeOnly": True,
        # Not as minLength and maxLength: not every text between them is strong enough.
        "description": "From 10 to 128 characters, and not a password that many people use.",
    }
)
class NewPasswordField(TextField):
    """A password to be set; whether it is strong enough is decided by the service."""

    def __init__(self) -> None:
        super().__init__(max_length=MAX_PASSWORD_LENGTH)


def password() -> TextField:
    """Make the field of a password that there is."""
    return TextField(max_length=MAX_PASSWORD_LENGTH, write_only=True)


def name(**options: Any) -> TextField:
    """Make the field of a person's name."""
    return TextField(max_length=120, allow_blank=True, **options)


class EmailInput(serializers.Serializer[Any]):
    """An address."""

    email = serializers.EmailField(max_length=254)


class SignUpInput(EmailInput):
    """An account to be made."""

    password = NewPasswordField()
    name = name(default="")


class LogInInput(EmailInput):
    """Who logs in."""

    password = password()


class RefreshInput(serializers.Serializer[Any]):
    """The refresh token of a log-in."""

    refresh = TextField(max_length=100)


class TokenInput(serializers.Serializer[Any]):
    """A token that came by mail."""

    token = TextField(max_length=200)


class ResetInput(TokenInput):
    """A new password, and the mailed token that allows it."""

    password = NewPasswordField()


class PasswordChangeInput(serializers.Serializer[Any]):
    """The present password and a new one."""

    current_password = password()
    password = NewPasswordField()


class EmailChangeInput(LogInInput):
    """The new address, and the password of the account."""


class ProfileInput(serializers.Serializer[Any]):
    """What a person says of themselves; what is left out stays."""

    name = name(required=False)


class DeleteAccountInput(serializers.Serializer[Any]):
    """The password of the account, so that a borrowed log-in cannot delete it."""

    password = password()


def code() -> TextField:
    """Make the field of a code of the second factor."""
    return TextField(max_length=20, help_text="Six digits of the app, or a recovery code.")


class SecondFactorInput(serializers.Serializer[Any]):
    """The code that completes a log-in."""

    ticket = TextField(max_length=500, help_text="The ticket of `second_factor_required`.")
    code = code()


class SetupInput(serializers.Serializer[Any]):
    """The first code of an app, with the set-up that it was given."""

    setup = TextField(max_length=1_000)
    code = code()
    password = password()


class ProofInput(serializers.Serializer[Any]):
    """That it is the owner who asks: the password and a code."""

    password = password()
    code = code()


class ExchangeInput(serializers.Serializer[Any]):
    """The code that the browser brought, and the secret whose challenge was sent with it."""

    code = TextField(max_length=100)
    code_verifier = TextField(max_length=128)
    redirect_uri = TextField(max_length=500)
