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


class Text(serializers.RegexField):
    """A text that was sent as one; a number is not read as its digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(TEXT, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Give the text. Raises `ValidationError` for anything else."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


# Hashing a text of any length would be work that anybody could ask for.
LONGEST_PASSWORD = 128


@extend_schema_field(
    {
        "type": "string",
        "format": "new-password",
        "writeOnly": True,
        # Not as minLength and maxLength: not every text between them is strong enough.
        "description": "From 10 to 128 characters, and not a password that many people use.",
    }
)
class NewPassword(Text):
    """A password to be set; whether it is strong enough is decided by the service."""

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST_PASSWORD)


def password() -> Text:
    """Make the field of a password that there is."""
    return Text(max_length=LONGEST_PASSWORD, write_only=True)


def name(**options: Any) -> Text:
    """Make the field of a person's name."""
    return Text(max_length=120, allow_blank=True, **options)


class EmailInput(serializers.Serializer[Any]):
    """An address."""

    email = serializers.EmailField(max_length=254)


class SignUpInput(EmailInput):
    """An account to be made."""

    password = NewPassword()
    name = name(default="")


class LogInInput(EmailInput):
    """Who logs in."""

    password = password()


class RefreshInput(serializers.Serializer[Any]):
    """The refresh token of a log-in."""

    refresh = Text(max_length=100)


class TokenInput(serializers.Serializer[Any]):
    """A token that came by mail."""

    token = Text(max_length=200)


class ResetInput(TokenInput):
    """A new password, and the mailed token that allows it."""

    password = NewPassword()


class PasswordChangeInput(serializers.Serializer[Any]):
    """The present password and a new one."""

    current_password = password()
    password = NewPassword()


class EmailChangeInput(LogInInput):
    """The new address, and the password of the account."""


class ProfileInput(serializers.Serializer[Any]):
    """What a person says of themselves; what is left out stays."""

    name = name(required=False)


class DeleteAccountInput(serializers.Serializer[Any]):
    """The password of the account, so that a borrowed log-in cannot delete it."""

    password = password()


def code() -> Text:
    """Make the field of a code of the second factor."""
    return Text(max_length=20, help_text="Six digits of the app, or a recovery code.")


class SecondFactorInput(serializers.Serializer[Any]):
    """The code that completes a log-in."""

    ticket = Text(max_length=500, help_text="The ticket of `second_factor_required`.")
    code = code()


class SetupInput(serializers.Serializer[Any]):
    """The first code of an app, with the set-up that it was given."""

    setup = Text(max_length=1_000)
    code = code()
    password = password()


class ProofInput(serializers.Serializer[Any]):
    """That it is the owner who asks: the password and a code."""

    password = password()
    code = code()


class ExchangeInput(serializers.Serializer[Any]):
    """The code that the browser brought, and the secret whose challenge was sent with it."""

    code = Text(max_length=100)
    code_verifier = Text(max_length=128)
    redirect_uri = Text(max_length=500)
