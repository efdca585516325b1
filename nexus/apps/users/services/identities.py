"""Log-in with a provider: which account a provider's identity belongs to."""

from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from nexus.apps.users import second_factor
from nexus.apps.users.errors import ProviderAccountError, ProviderUnverifiedError
from nexus.apps.users.events import MAIL_WANTED, Mail
from nexus.apps.users.models import User
from nexus.apps.users.services.login import require_second_factor
from nexus.apps.users.services.tokens import end_log_ins
from nexus.core.audit.services import record
from nexus.core.observability.metrics import ACCOUNTS, count_on_commit
from nexus.core.outbox.services import publish

__all__ = ["Identity", "log_in_with_provider", "unlink_provider"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A provider's identity; `email` is empty unless the provider has verified it."""

    provider: str
    uid: str
    email: str = ""
    name: str = ""


def log_in_with_provider(identity: Identity) -> User:
    """Return the user of a provider's identity, and log them in.

    The first time, the identity is linked to the account with its address, which is created if
    there is none. Raises `ProviderUnverifiedError`, `ProviderAccountError` and
    `SecondFactorRequiredError`.
    """
    # Committed first: the link stays if a second factor is then required.
    user = _recognise(identity)
    if not user.is_active:
        raise ProviderAccountError
    return require_second_factor(user)


@transaction.atomic
def unlink_provider(*, by: User, provider: str) -> None:
    """Unlink a provider from the account of `by`; a password reset by mail still works."""
    SocialAccount.objects.filter(user=by, provider=provider).delete()
    record("provider.unlinked", by=by, of=by, provider=provider)


@transaction.atomic
def _recognise(identity: Identity) -> User:
    accounts = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid)
    if account := accounts.select_related("user").first():
        account.save(update_fields=["last_login"])
        user: User = account.user
        return user
    if not identity.email:
        raise ProviderUnverifiedError
    user = _owner_of(identity)
    if not user.is_active:
        return user
    # Of two concurrent first log-ins, the second finds the link that the first created.
    _, is_new = SocialAccount.objects.get_or_create(
        provider=identity.provider, uid=identity.uid, defaults={"user": user}
    )
    if is_new:
        record("provider.linked", by=user, of=user, provider=identity.provider)
    return user


def _owner_of(identity: Identity) -> User:
    """Return the account of an address that its provider has verified, with the row locked.

    An account whose address was never verified may have been created by an attacker who waits for
    the owner of the address to sign in (pre-hijacking). So everything in such an account is reset
    but the row: its password stops working, and the owner gets a mail, as for every new link.
    """
    email = User.objects.normalize_email(identity.email)
    new = User(email=email, name=identity.name[:120], email_verified_at=timezone.now())
    new.password = make_password(None)
    User.objects.bulk_create([new], ignore_conflicts=True)
    user: User = User.objects.with_email(email).select_for_update().get()
    if user.password == new.password:
        count_on_commit(ACCOUNTS.labels("signed_up"))
        count_on_commit(ACCOUNTS.labels("verified"))
        return user
    if not user.is_active:
        return user
    if user.email_verified_at is None:
        count_on_commit(ACCOUNTS.labels("verified"))
        user.password, user.name, user.pending_email = new.password, new.name, ""
        user.email_verified_at = new.email_verified_at
        user.save(update_fields=["password", "name", "pending_email", "email_verified_at"])
        SocialAccount.objects.filter(user=user).delete()
        second_factor.forget(user)
        end_log_ins(user)
    publish(MAIL_WANTED, kind=Mail.PROVIDER_LINKED.value, user_id=user.pk)
    return user
