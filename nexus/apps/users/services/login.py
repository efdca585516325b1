"""Who comes in: by a password, and where the account has one, by a second factor as well."""

from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import transaction

from nexus.apps.users import second_factor
from nexus.apps.users.attempts import LOG_IN, SECOND_FACTOR, count_attempt
from nexus.apps.users.errors import (
    CredentialsError,
    EmailUnverifiedError,
    PasswordWrongError,
    SecondFactorRequiredError,
    TicketError,
)
from nexus.apps.users.models import User, UserQuerySet
from nexus.core.security.encryption import digest

__all__ = [
    "active_users",
    "complete_log_in",
    "log_in_with_password",
    "require_second_factor",
    "verify_password",
]

SALT = "nexus.users.ticket"
TICKET_S = 300


def log_in_with_password(*, email: str, password: str, address: str) -> User:
    """Return whom an address and a password speak for, and let them in.

    Raises `CredentialsError`, the same whether or not there is such an account, and after the
    same work; to who knows the password `EmailUnverifiedError` and `SecondFactorRequiredError`,
    which has the ticket for `enter_with_second_factor`; and `ThrottledError`.
    """
    count_attempt(LOG_IN, address=address, account=email)
    user = User.objects.with_email(email).first()
    if user is None:
        # Hashing is what a log-in costs: without it the time would tell who has an account.
        make_password(password)
        raise CredentialsError
    if not (user.check_password(password) and user.is_active):
        raise CredentialsError
    if user.email_verified_at is None:
        raise EmailUnverifiedError
    return require_second_factor(user)


@transaction.atomic
def complete_log_in(*, ticket: str, code: str, address: str) -> User:
    """Let in who has shown a password before, with a code of the app or a recovery code.

    Of several who send one code at the same moment one gets in. Raises `TicketError`,
    `SecondFactorError`, `ThrottledError`, and `StoreAwayError` while guesses cannot be counted.
    """
    try:
        pk, state = signing.loads(ticket, salt=SALT, max_age=TICKET_S)
    except signing.BadSignature as error:
        raise TicketError from error
    user = active_users().filter(pk=pk).select_for_update().first()
    if user is None or state != _state(user):
        raise TicketError
    count_attempt(SECOND_FACTOR, address=address, account=user.email)
    second_factor.spend(user, code)
    return user


def require_second_factor(user: User) -> User:
    """Let a user in who has shown the first factor. Raises `SecondFactorRequiredError`."""
    if second_factor.is_on(user):
        raise SecondFactorRequiredError(signing.dumps((user.pk, _state(user)), salt=SALT))
    return user


def active_users() -> UserQuerySet:
    """Return the users who are not deactivated."""
    active: UserQuerySet = User.objects.filter(is_active=True)
    return active


def verify_password(by: User, password: str, address: str) -> User:
    """Return the row of who asks, locked, once they have shown that they know the password.

    Raises `PasswordWrongError` and `ThrottledError`.
    """
    count_attempt(LOG_IN, address=address, account=by.email)
    user = active_users().select_for_update().get(pk=by.pk)
    if not user.check_password(password):
        raise PasswordWrongError
    return user


def _state(user: User) -> str:
    """Return what a change of the password changes."""
    return digest(user.get_session_auth_hash())[:16]
