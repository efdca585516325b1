"""Secrets at rest: encrypted with a key of this installation, which can be changed.

The key is derived from `SECRET_KEY`. What was encrypted with an earlier one stays readable while
that one is listed in `SECRET_KEY_FALLBACKS`, as with Django's own signatures.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from nexus.core.errors import UnavailableError

__all__ = ["UndecipherableError", "decrypt", "encrypt"]


class UndecipherableError(UnavailableError):
    """A stored secret was encrypted with another key: list that in SECRET_KEY_FALLBACKS."""

    code = "undecipherable"


def encrypt(text: str, *, purpose: str) -> str:
    """Encrypt `text` so that only `decrypt` with the same purpose can read it."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def decrypt(sealed: str, *, purpose: str) -> str:
    """Give the text back. Raises `UndecipherableError` where no key of ours fits."""
    try:
        return _cipher(purpose).decrypt(sealed).decode()
    except InvalidToken as error:
        raise UndecipherableError from error


def _cipher(purpose: str) -> MultiFernet:
    """Give AES with HMAC, the present key first (HKDF: RFC 5869)."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(secret, purpose)) for secret in secrets])


def _derive(secret: str, purpose: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"nexus {purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
