"""The secrets that payment providers sign with."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from nexus.apps.orders.models import ProviderSecret
from nexus.apps.orders.providers import provider_named
from nexus.core.audit.services import record
from nexus.core.encryption import decrypt, encrypt
from nexus.core.signatures import make_secret, sign

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["rotate_secret", "secrets_of"]

PURPOSE = "payment callbacks"
VALID_BESIDE = timedelta(hours=24)
"""For how long messages under the earlier secret are read, while a provider takes up the new."""


@transaction.atomic
def rotate_secret(*, provider: str, secret: str = "", by: "User | None" = None) -> str:
    """Let a provider sign with another secret, a new one unless it is given; gives it.

    Messages under the earlier one are read for another day. Raises `ProviderNotFoundError`, and
    `ValueError` for a secret that nothing can be signed with.
    """
    provider_named(provider)
    made = secret or make_secret()
    sign(b"", secrets=[made], message_id="probe")
    present = ProviderSecret.objects.select_for_update().filter(provider=provider, valid_until=None)
    present.update(valid_until=timezone.now() + VALID_BESIDE)
    kept = ProviderSecret.objects.create(provider=provider, sealed=encrypt(made, purpose=PURPOSE))
    ProviderSecret.objects.filter(provider=provider, valid_until__lt=Now()).delete()
    record("payment_secret.rotated", by=by, of=kept, provider=provider)
    return made


def secrets_of(provider: str) -> list[str]:
    """Give the secrets that are valid now, the present one first; none were set up: none."""
    valid = Q(valid_until=None) | Q(valid_until__gt=Now())
    rows = ProviderSecret.objects.filter(valid, provider=provider).order_by("-pk")
    return [decrypt(row.sealed, purpose=PURPOSE) for row in rows]
