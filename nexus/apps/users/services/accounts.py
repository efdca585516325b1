"""Accounts from sign-up to deletion.

Anonymous requests get the same response, in about the same time, whether or not an address has an
account: only the mail to its owner differs.
"""

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from nexus.apps.users import mailed_tokens, second_factor
from nexus.apps.users.attempts import MAIL, TOKEN, count_attempt
from nexus.apps.users.errors import EmailTakenError, PasswordRefusedError
from nexus.apps.users.events import MAIL_WANTED, Mail
from nexus.apps.users.mailed_tokens import Purpose
from nexus.apps.users.models import DELETED, AuthorizationCode, LoginLink, TokenFamily, User
from nexus.apps.users.privacy_registry import forget_all
from nexus.apps.users.services.login import active_users, verify_password
from nexus.apps.users.services.tokens import end_log_ins
from nexus.core.audit.services import record
from nexus.core.database.constraints import constraint_errors
from nexus.core.idempotency.services import forget_answers
from nexus.core.observability.metrics import ACCOUNTS, count_on_commit, initialise_series
from nexus.core.outbox.services import publish

__all__ = [
    "change_email",
    "change_password",
    "confirm_email",
    "delete_account",
    "request_reset",
    "reset_password",
    "sign_up",
    "update_profile",
    "verify_email",
]

NOBODY = 0
"""The recipient of a mail that is not sent, so that a request takes the same time whether or not
the account exists."""

initialise_series(ACCOUNTS, ("signed_up", "verified", "deleted"))


@transaction.atomic
def sign_up(*, email: str, password: str, name: str = "", address: str) -> None:
    """Create an account, which works once its address is verified, and mail the token for that.

    An account with an unverified address belongs to nobody: signing up again takes it over and
    invalidates a token mailed for the earlier password, so nobody can reserve somebody else's
    address. If a verified account exists, its owner gets a mail that says so. Raises
    `PasswordRefusedError` and `ThrottledError`.
    """
    count_attempt(MAIL, address=address, account=email)
    new = User(email=User.objects.normalize_email(email), name=name)
    _check_strength(password, new)
    new.password = make_password(password)
    User.objects.bulk_create([new], ignore_conflicts=True)
    user = User.objects.with_email(email).select_for_update().get()
    # Hashes are salted: only a row created just now has this one.
    if user.password == new.password:
        count_on_commit(ACCOUNTS.labels("signed_up"))
    if user.email_verified_at is not None:
        recipient = user.pk if user.is_active else NOBODY
        publish(MAIL_WANTED, kind=Mail.ACCOUNT_EXISTS.value, user_id=recipient)
        return
    user.password, user.name = new.password, name
    user.save(update_fields=["password", "name"])
    record("account.signed_up", by=None, of=user)
    publish(MAIL_WANTED, kind=Mail.VERIFY.value, user_id=user.pk)


@transaction.atomic
def verify_email(*, token: str, address: str) -> None:
    """Mark the address of an account as verified. Raises `MailedTokenError`."""
    count_attempt(TOKEN, address=address)
    user = mailed_tokens.claim(token, Purpose.VERIFY, among=active_users())
    _mark_verified(user)
    user.save(update_fields=["email_verified_at"])
    record("account.verified", by=user, of=user)


@transaction.atomic
def request_reset(*, email: str, address: str) -> None:
    """Mail a token that sets a new password, if the account exists.

    Raises `ThrottledError`.
    """
    count_attempt(MAIL, address=address, account=email)
    user = active_users().with_email(email).first()
    recipient = user.pk if user else NOBODY
    publish(MAIL_WANTED, kind=Mail.RESET.value, user_id=recipient)


@transaction.atomic
def reset_password(*, token: str, password: str, address: str) -> None:
    """Set a password with a mailed token, and end every log-in.

    The token also proves that the address is the owner's. Raises `MailedTokenError` and
    `PasswordRefusedError`.
    """
    count_attempt(TOKEN, address=address)
    user = mailed_tokens.claim(token, Purpose.RESET, among=active_users())
    _mark_verified(user)
    _set_password(user, password)


@transaction.atomic
def change_password(*, by: User, current: str, password: str, address: str) -> None:
    """Change the password, and end every log-in and every session.

    Raises `PasswordWrongError`, `PasswordRefusedError` and `ThrottledError`.
    """
    user = verify_password(by, current, address)
    _set_password(user, password)


@transaction.atomic
def change_email(*, by: User, password: str, email: str, address: str) -> None:
    """Mail a token to the new address and a notice to the current one; nothing changes until then.

    Raises `PasswordWrongError` and `ThrottledError`.
    """
    user = verify_password(by, password, address)
    count_attempt(MAIL, address=address, account=email)
    user.pending_email = User.objects.normalize_email(email)
    user.save(update_fields=["pending_email"])
    publish(MAIL_WANTED, kind=Mail.CONFIRM_EMAIL.value, user_id=user.pk)
    publish(MAIL_WANTED, kind=Mail.EMAIL_CHANGE_ASKED.value, user_id=user.pk)
    record("account.email_change_requested", by=user, of=user)


@transaction.atomic
def confirm_email(*, token: str, address: str) -> None:
    """Replace the address of an account by the confirmed one.

    Raises `MailedTokenError` and `EmailTakenError`.
    """
    count_attempt(TOKEN, address=address)
    pending = active_users().exclude(pending_email="")
    user = mailed_tokens.claim(token, Purpose.CHANGE_EMAIL, among=pending)
    user.email, user.pending_email = user.pending_email, ""
    user.email_verified_at = timezone.now()
    with constraint_errors(EmailTakenError):
        user.save(update_fields=["email", "pending_email", "email_verified_at"])
    record("account.email_changed", by=user, of=user)


@transaction.atomic
def update_profile(*, by: User, name: str | None = None) -> User:
    """Update a person's profile; None leaves a value unchanged."""
    by.name = by.name if name is None else name
    by.save(update_fields=["name"])
    record("account.profile_changed", by=by, of=by, members=[] if name is None else ["name"])
    return by


@transaction.atomic
def delete_account(*, by: User, password: str, address: str) -> None:
    """Delete all personal data of an account for good; the row stays, as others refer to it.

    Raises `PasswordWrongError`, `ThrottledError`, and `AccountBusyError` if the person has orders
    or bookings in progress.
    """
    user = verify_password(by, password, address)
    forget_all(user)
    forget_answers(user)
    AuthorizationCode.objects.filter(user=user).delete()
    TokenFamily.objects.filter(user=user).delete()
    LoginLink.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    second_factor.forget(user)
    user.roles.clear()
    user.groups.clear()
    user.user_permissions.clear()
    user.email, user.pending_email, user.name = f"deleted-{user.pk}{DELETED}", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = user.email_verified_at = None
    user.set_unusable_password()
    user.save()
    count_on_commit(ACCOUNTS.labels("deleted"))
    record("account.deleted", by=user, of=user)


def _mark_verified(user: User) -> None:
    if user.email_verified_at is None:
        user.email_verified_at = timezone.now()
        count_on_commit(ACCOUNTS.labels("verified"))


def _set_password(user: User, password: str) -> None:
    _check_strength(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "email_verified_at"])
    end_log_ins(user)
    record("account.password_changed", by=user, of=user)
    publish(MAIL_WANTED, kind=Mail.PASSWORD_CHANGED.value, user_id=user.pk)


def _check_strength(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefusedError(" ".join(error.messages)) from error
