"""The keys that sign access tokens."""

import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization import PublicFormat as Public
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from nexus.apps.users.models import SigningKey
from nexus.core.audit.services import record
from nexus.core.database.constraints import constraint_name
from nexus.core.security.encryption import decrypt, encrypt

__all__ = ["current_key", "delete_spent_keys", "private_pem", "rotate_signing_key"]

PURPOSE = "signing keys"


def current_key() -> SigningKey:
    """Return the key that signs now; the first call creates one."""
    current = SigningKey.objects.filter(retired_at=None)
    if key := current.first():
        return key
    try:
        with transaction.atomic():
            return _make_key()
    except IntegrityError as error:
        if constraint_name(error) != "users_signingkey_one_current":
            raise
        # Another process has just created it.
        return current.get()


def private_pem(key: SigningKey) -> str:
    """Return the private key as PEM. Raises `UndecipherableError` if SECRET_KEY has changed."""
    return decrypt(key.private_pem, purpose=PURPOSE)


@transaction.atomic
def rotate_signing_key(*, revoke: bool = False) -> SigningKey:
    """Create and return a new key; the previous one verifies until its tokens have expired.

    With `revoke` all earlier keys are deleted: programs with a token of theirs must use their
    refresh token, within the minute for which a process caches a public key.
    """
    SigningKey.objects.select_for_update().filter(retired_at=None).update(retired_at=Now())
    if revoke:
        SigningKey.objects.all().delete()
    key = _make_key()
    record("signing_key.rotated", by=None, of=key, revoked=revoke)
    return key


@transaction.atomic
def delete_spent_keys() -> int:
    """Delete keys whose tokens have all expired. Returns how many."""
    spent = SigningKey.objects.exclude(pk__in=SigningKey.objects.verifying().values("pk"))
    return spent.delete()[0]


def _make_key() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, Public.SubjectPublicKeyInfo)
    return SigningKey.objects.create(
        kid=secrets.token_hex(8),
        private_pem=encrypt(pem.decode(), purpose=PURPOSE),
        public_pem=public.decode(),
    )
