"""What support and administrators can do to other accounts and to roles."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from nexus.apps.users.attempts import LOG_IN, SECOND_FACTOR, forgive
from nexus.apps.users.errors import (
    AccountDeletedError,
    AccountNotAllowedError,
    EmailVerifiedError,
    UserNotFoundError,
)
from nexus.apps.users.events import MAIL_WANTED, Mail
from nexus.apps.users.models import Role, User
from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission
from nexus.apps.users.services.tokens import end_log_ins
from nexus.core.audit.services import record
from nexus.core.database.locks import get_for_update
from nexus.core.outbox.services import publish

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor

__all__ = ["save_role", "send_verification", "set_active", "set_roles", "unlock_account"]


@transaction.atomic
def unlock_account(*, user_id: int, by: "Actor") -> None:
    """Reset the failed log-in attempts of an account that has had too many.

    Raises `AccountNotAllowedError`, `UserNotFoundError`, `AccountDeletedError` and
    `StoreUnavailableError`.
    """
    user = _account_for_support(user_id, by, Permission.ASSIST_ACCOUNTS)
    record("user.unlocked", by=by, of=user)
    forgive(LOG_IN, SECOND_FACTOR, account=user.email)


@transaction.atomic
def send_verification(*, user_id: int, by: "Actor") -> None:
    """Send the address verification mail again.

    Raises `AccountNotAllowedError`, `UserNotFoundError`, `AccountDeletedError`, and
    `EmailVerifiedError` if the address is already verified.
    """
    user = _account_for_support(user_id, by, Permission.ASSIST_ACCOUNTS)
    if user.email_verified_at is not None:
        raise EmailVerifiedError
    record("user.verification_sent", by=by, of=user)
    publish(MAIL_WANTED, kind=Mail.VERIFY.value, user_id=user.pk)


@transaction.atomic
def set_active(*, user_id: int, is_active: bool, by: "Actor") -> None:
    """Deactivate an account, which ends every log-in, or activate it again.

    Raises `AccountNotAllowedError`, also for one's own account, `UserNotFoundError` and
    `AccountDeletedError`.
    """
    user = _account_for_support(user_id, by, Permission.MANAGE_ACCOUNTS)
    if user.pk == by.pk:
        raise AccountNotAllowedError("You cannot deactivate your own account.")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    if not is_active:
        end_log_ins(user)
    record("user.activated" if is_active else "user.deactivated", by=by, of=user)


@transaction.atomic
def set_roles(*, user_id: int, roles: Iterable[str], by: "Actor") -> None:
    """Set the roles of an account to exactly these; unknown roles are ignored.

    Raises `AccountNotAllowedError`, also for one's own account, `UserNotFoundError` and
    `AccountDeletedError`.
    """
    user = _account_for_support(user_id, by, Permission.MANAGE_ACCOUNTS)
    if user.pk == by.pk:
        raise AccountNotAllowedError("You cannot change your own roles. Ask another administrator.")
    user.roles.set(Role.objects.filter(slug__in=list(roles)))
    record("user.roles_set", by=by, of=user, roles=[role.slug for role in user.roles.all()])


@transaction.atomic
def save_role(*, slug: str, permissions: Iterable[Permission], by: "Actor") -> Role:
    """Set the permissions of a role to exactly these; a new `slug` creates a role.

    Raises `AccountNotAllowedError`, also if the change would take away the caller's own right to
    undo it.
    """
    if not has_permission(by, Permission.MANAGE_ACCOUNTS):
        raise AccountNotAllowedError
    values = sorted(permission.value for permission in permissions)
    role, _ = Role.objects.update_or_create(slug=slug, defaults={"permissions": values})
    if not has_permission(by, Permission.MANAGE_ACCOUNTS):
        raise AccountNotAllowedError("You could not undo this yourself. Ask another administrator.")
    record("role.saved", by=by, of=role, permissions=values)
    return role


def _account_for_support(user_id: int, by: "Actor", permission: Permission) -> User:
    """Return the locked row of an account. Raises unless `by` holds `permission`."""
    if not has_permission(by, permission):
        raise AccountNotAllowedError
    user: User = get_for_update(User.objects.all(), UserNotFoundError, no_key=False, pk=user_id)
    if user.is_deleted:
        raise AccountDeletedError
    return user
