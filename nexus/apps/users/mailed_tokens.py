"""Tokens sent by mail: derived from an account's state, so that nothing has to be stored.

A token is the account's id and Django's signature over its state. It stops working when it expires
(`PASSWORD_RESET_TIMEOUT`) or when the signed state changes: a used token is invalid, since using it
changes the password, the address, or whether the address is verified.
"""

from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import QuerySet

from nexus.apps.users.errors import MailedTokenError
from nexus.apps.users.models import User

__all__ = ["Purpose", "claim", "make"]


class Purpose(StrEnum):
    """What a mailed token is for."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE_EMAIL = "change_email"


class Generator(PasswordResetTokenGenerator):
    """Django's signature, over the purpose and over all state that using the token changes."""

    def __init__(self, purpose: Purpose) -> None:
        super().__init__()
        self.key_salt = f"nexus.users.{purpose}"

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, User)  # noqa: S101 -- the generator's signature is Django's
        state = (user.pk, user.password, user.email, user.email_verified_at, user.pending_email)
        return repr((*state, timestamp))


def make(user: User, purpose: Purpose) -> str:
    """Create a token for `user`."""
    return f"{user.pk}.{Generator(purpose).make_token(user)}"


def claim(token: str, purpose: Purpose, *, among: QuerySet[User]) -> User:
    """Return the user whose token this is, with the row locked until the transaction ends.

    The second of two concurrent requests with one token therefore sees a changed row. Raises
    `MailedTokenError`.
    """
    pk, _, signature = token.partition(".")
    is_id = pk.isascii() and pk.isdigit() and len(pk) < 19  # noqa: PLR2004 -- digits of a bigint
    user = among.filter(pk=int(pk)).select_for_update().first() if is_id else None
    if user is None or not Generator(purpose).check_token(user, signature):
        raise MailedTokenError
    return user
