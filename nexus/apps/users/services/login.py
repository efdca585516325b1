"""Log-in with a password and, if the account has one, a second factor."""

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
    """Return the user with this address and password.

    Raises `CredentialsError`, the same after the same work whether or not the account exists;
    with the right password, `EmailUnverifiedError` and `SecondFactorRequiredError`, which carries
    the ticket for `complete_log_in`; and `ThrottledError`.
    """
    count_attempt(LOG_IN, address=address, account=email)
    user = User.objects.with_email(email).first()
    if user is None:
        # Hashing dominates the time of a log-in: without it, timing reveals who has an account.
        make_password(password)
        raise CredentialsError
    if not (user.check_password(password) and user.is_active):
        raise CredentialsError
    if user.email_verified_at is None:
        raise EmailUnverifiedError
    return require_second_factor(user)


@transaction.atomic
def complete_log_in(*, ticket: str, code: str, address: str) -> User:
    """Complete a log-in that passed the password, with a code of the app or a recovery code.

    Of several concurrent requests with one code, one succeeds. Raises `TicketError`,
    `SecondFactorError`, `ThrottledError`, and `StoreUnavailableError` if attempts cannot be
    counted.
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
    """Return a user who has passed the first factor. Raises `SecondFactorRequiredError`."""
    if second_factor.is_on(user):
        raise SecondFactorRequiredError(signing.dumps((user.pk, _state(user)), salt=SALT))
    return user


def active_users() -> UserQuerySet:
    """Return the users who are not deactivated."""
    active: UserQuerySet = User.objects.filter(is_active=True)
    return active


def verify_password(by: User, password: str, address: str) -> User:
    """Return the caller's row, locked, if the password is right.

    Raises `PasswordWrongError` and `ThrottledError`.
    """
    count_attempt(LOG_IN, address=address, account=by.email)
    user = active_users().select_for_update().get(pk=by.pk)
    if not user.check_password(password):
        raise PasswordWrongError
    return user


def _state(user: User) -> str:
    """Return a digest that changes with the password."""
    return digest(user.get_session_auth_hash())[:16]
