"""Log-in by a provider: whom its word stands for here."""

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
    """Whom a provider has recognised; `email` is empty unless the provider has verified it."""

    provider: str
    uid: str
    email: str = ""
    name: str = ""


def log_in_with_provider(identity: Identity) -> User:
    """Return whom a provider speaks for, and let them in; the first time an account is found or made.

    Raises `ProviderUnverifiedError`, `ProviderAccountError` and `SecondFactorRequiredError`.
    """
    # What is linked stays linked when the second factor is asked for.
    user = _recognise(identity)
    if not user.is_active:
        raise ProviderAccountError
    return require_second_factor(user)


@transaction.atomic
def unlink_provider(*, by: User, provider: str) -> None:
    """Let a provider open the account of `by` no more; a reset by mail always does."""
    SocialAccount.objects.filter(user=by, provider=provider).delete()
    record("provider.unlinked", by=by, of=by, provider=provider)


@transaction.atomic
def _recognise(identity: Identity) -> User:
    linked = SocialAccount.objects.filter(provider=identity.provider, uid=identity.uid)
    if found := linked.select_related("user").first():
        found.save(update_fields=["last_login"])
        known: User = found.user
        return known
    if not identity.email:
        raise ProviderUnverifiedError
    user = _owner_of(identity)
    if not user.is_active:
        return user
    # Of two first log-ins at the same moment the second finds the link of the first.
    _, is_new = SocialAccount.objects.get_or_create(
        provider=identity.provider, uid=identity.uid, defaults={"user": user}
    )
    if is_new:
        record("provider.linked", by=user, of=user, provider=identity.provider)
    return user


def _owner_of(identity: Identity) -> User:
    """Return the account of an address that its provider has verified, with the row locked.

    Whoever signed up with somebody else's address and never verified it may be waiting for its
    owner to come (pre-hijacking). So nothing of such an account is kept but the row: its password
    opens nothing any more, and the owner is told by mail, as of every link to an account.
    """
    email = User.objects.normalize_email(identity.email)
    made = User(email=email, name=identity.name[:120], email_verified_at=timezone.now())
    made.password = make_password(None)
    User.objects.bulk_create([made], ignore_conflicts=True)
    user: User = User.objects.with_email(email).select_for_update().get()
    if user.password == made.password:
        count_on_commit(ACCOUNTS.labels("signed_up"))
        count_on_commit(ACCOUNTS.labels("verified"))
        return user
    if not user.is_active:
        return user
    if user.email_verified_at is None:
        count_on_commit(ACCOUNTS.labels("verified"))
        user.password, user.name, user.pending_email = made.password, made.name, ""
        user.email_verified_at = made.email_verified_at
        user.save(update_fields=["password", "name", "pending_email", "email_verified_at"])
        SocialAccount.objects.filter(user=user).delete()
        second_factor.forget(user)
        end_log_ins(user)
    publish(MAIL_WANTED, kind=Mail.PROVIDER_LINKED.value, user_id=user.pk)
    return user
