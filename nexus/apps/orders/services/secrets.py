"""The secrets that payment providers sign with, and those that webhooks are signed with."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from nexus.apps.orders import queries
from nexus.apps.orders.models import ProviderSecret, Webhook, WebhookSecret
from nexus.apps.orders.providers import provider_named
from nexus.core.audit.services import record
from nexus.core.security.encryption import decrypt, encrypt
from nexus.core.security.webhook_signatures import make_secret, sign

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from nexus.apps.users.models import User

__all__ = [
    "give_webhook_secret",
    "rotate_secret",
    "rotate_webhook_secret",
    "secrets_of",
    "secrets_of_webhook",
]

CALLBACKS, WEBHOOKS = "payment callbacks", "webhooks"
"""What each kind is encrypted for."""
VALID_BESIDE = timedelta(hours=24)
"""For how long an earlier secret stays good, while the other side takes up the new one."""


@transaction.atomic
def rotate_secret(*, provider: str, secret: str = "", by: "User | None" = None) -> str:
    """Let a provider sign with another secret, a new one unless it is given; gives it.

    Messages under the earlier one are read for another day. Raises `ProviderNotFoundError`, and
    `ValueError` for a secret that nothing can be signed with.
    """
    provider_named(provider)
    made = secret or make_secret()
    sign(b"", secrets=[made], message_id="probe")
    rows = ProviderSecret.objects.filter(provider=provider)
    kept = _replace(rows, purpose=CALLBACKS, secret=made, provider=provider)
    record("payment_secret.rotated", by=by, of=kept, provider=provider)
    return made


def secrets_of(provider: str) -> list[str]:
    """Return the secrets that are valid now, the present one first; none were set up: none."""
    return _valid(ProviderSecret.objects.filter(provider=provider), purpose=CALLBACKS)


@transaction.atomic
def rotate_webhook_secret(*, webhook_id: int, by: "User") -> str:
    """Sign messages to a webhook with a new secret, which is told once.

    Those of another day are signed with the earlier one as well, so that a receiver may know
    either. Raises `WebhookNotFoundError`.
    """
    webhook = queries.get_webhook(webhook_id, by=by)
    made = give_webhook_secret(webhook)
    record("webhook.secret_rotated", by=by, of=webhook)
    return made


def give_webhook_secret(webhook: Webhook) -> str:
    """Make a secret for a webhook and keep it beside those that are still valid; gives it."""
    made = make_secret()
    rows = WebhookSecret.objects.filter(webhook=webhook)
    _replace(rows, purpose=WEBHOOKS, secret=made, webhook=webhook)
    return made


def secrets_of_webhook(webhook: Webhook) -> list[str]:
    """Return the secrets that messages to a webhook are signed with, the present one first."""
    return _valid(WebhookSecret.objects.filter(webhook=webhook), purpose=WEBHOOKS)


def _replace(rows: "QuerySet[Any]", *, purpose: str, secret: str, **of: Any) -> Any:
    """Keep a secret as the present one of some, and let the one before run out."""
    present = rows.select_for_update().filter(valid_until=None)
    present.update(valid_until=timezone.now() + VALID_BESIDE)
    kept = rows.create(sealed=encrypt(secret, purpose=purpose), **of)
    rows.filter(valid_until__lt=Now()).delete()
    return kept


def _valid(rows: "QuerySet[Any]", *, purpose: str) -> list[str]:
    valid = Q(valid_until=None) | Q(valid_until__gt=Now())
    return [decrypt(row.sealed, purpose=purpose) for row in rows.filter(valid).order_by("-pk")]
