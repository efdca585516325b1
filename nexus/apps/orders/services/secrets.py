"""The signing secrets of payment providers and of webhooks."""

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
"""The encryption purposes of the two kinds of secret."""
VALID_BESIDE = timedelta(hours=24)
"""How long an earlier secret stays valid, while the other side switches to the new one."""


@transaction.atomic
def rotate_secret(*, provider: str, secret: str = "", by: "User | None" = None) -> str:
    """Replace a provider's secret, generating one unless `secret` is given, and return it.

    The earlier secret stays valid for 24 hours. Raises `ProviderNotFoundError`, and `ValueError`
    for a secret that cannot be used to sign.
    """
    provider_named(provider)
    new_secret = secret or make_secret()
    sign(b"", secrets=[new_secret], message_id="probe")
    rows = ProviderSecret.objects.filter(provider=provider)
    row = _replace(rows, purpose=CALLBACKS, secret=new_secret, provider=provider)
    record("payment_secret.rotated", by=by, of=row, provider=provider)
    return new_secret


def secrets_of(provider: str) -> list[str]:
    """Return the valid secrets, the current one first; empty if none was set up."""
    return _valid(ProviderSecret.objects.filter(provider=provider), purpose=CALLBACKS)


@transaction.atomic
def rotate_webhook_secret(*, webhook_id: int, by: "User") -> str:
    """Replace a webhook's secret, and return the new one, which is shown only once.

    For 24 hours messages are signed with the earlier one as well, so that a receiver can verify
    either. Raises `WebhookNotFoundError`.
    """
    webhook = queries.get_webhook(webhook_id, by=by)
    secret = give_webhook_secret(webhook)
    record("webhook.secret_rotated", by=by, of=webhook)
    return secret


def give_webhook_secret(webhook: Webhook) -> str:
    """Generate and store a secret for a webhook, in addition to those still valid; return it."""
    secret = make_secret()
    rows = WebhookSecret.objects.filter(webhook=webhook)
    _replace(rows, purpose=WEBHOOKS, secret=secret, webhook=webhook)
    return secret


def secrets_of_webhook(webhook: Webhook) -> list[str]:
    """Return the secrets that sign messages to a webhook, the current one first."""
    return _valid(WebhookSecret.objects.filter(webhook=webhook), purpose=WEBHOOKS)


def _replace(rows: "QuerySet[Any]", *, purpose: str, secret: str, **of: Any) -> Any:
    """Store a secret as the current one, and let the previous one expire."""
    current = rows.select_for_update().filter(valid_until=None)
    current.update(valid_until=timezone.now() + VALID_BESIDE)
    row = rows.create(sealed=encrypt(secret, purpose=purpose), **of)
    rows.filter(valid_until__lt=Now()).delete()
    return row


def _valid(rows: "QuerySet[Any]", *, purpose: str) -> list[str]:
    valid = Q(valid_until=None) | Q(valid_until__gt=Now())
    return [decrypt(row.sealed, purpose=purpose) for row in rows.filter(valid).order_by("-pk")]
