"""Encryption of stored secrets with a key of this installation, which can be rotated.

The key is derived from `SECRET_KEY`. A secret encrypted with an earlier key stays readable while
that key is listed in `SECRET_KEY_FALLBACKS`, as with Django's signatures. Apps declare which
columns hold secrets, so that all of them can be re-encrypted and the earlier key removed.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.db import transaction

from nexus.core.errors import UnavailableError

__all__ = [
    "Reencrypted",
    "SealedColumn",
    "UndecipherableError",
    "decrypt",
    "digest",
    "encrypt",
    "reencrypt_all",
    "register",
]


class UndecipherableError(UnavailableError):
    """A stored secret was encrypted with another key. List that key in SECRET_KEY_FALLBACKS."""

    code = "undecipherable"


def encrypt(text: str, *, purpose: str) -> str:
    """Encrypt `text`; only `decrypt` with the same purpose can read it."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def digest(token: str) -> str:
    """Return the SHA-256 of a random token as hexadecimal digits, to recognise the token later.

    Tokens are long and random, so a slow hash is not needed against guessing.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def decrypt(sealed: str, *, purpose: str) -> str:
    """Return the decrypted text. Raises `UndecipherableError` if no configured key fits."""
    try:
        return _cipher(purpose).decrypt(sealed).decode()
    except InvalidToken as error:
        raise UndecipherableError from error


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds secrets, of a model such as `orders.WebhookSecret`.

    In a JSON column the secrets are the members listed in `members`, if a row has them.
    """

    model: str
    column: str
    purpose: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """The result for a column: rows under the current key, and ids that no key can read."""

    column: SealedColumn
    rows: int
    unreadable: tuple[int, ...]


_SEALED: list[SealedColumn] = []


def register(*columns: SealedColumn) -> None:
    """Declare an app's columns that hold secrets."""
    _SEALED.extend(column for column in columns if column not in _SEALED)


def reencrypt_all() -> Iterator[Reencrypted]:
    """Re-encrypt every secret with the current key, one row at a time.

    Secrets that no configured key can read are left unchanged and reported.
    """
    for column in _SEALED:
        rows: Any = apps.get_model(column.model)._default_manager  # noqa: SLF001 -- Django's documented way
        unreadable, count = [], 0
        for pk in rows.order_by("pk").values_list("pk", flat=True).iterator():
            try:
                count += _reencrypt(rows, pk, column)
            except UndecipherableError:
                unreadable.append(pk)
        yield Reencrypted(column, count, tuple(unreadable))


@transaction.atomic
def _reencrypt(rows: Any, pk: int, column: SealedColumn) -> bool:
    """Re-encrypt the secrets of a row; return False if the row or its secrets are gone."""
    row = rows.select_for_update().filter(pk=pk).first()
    if row is None:
        return False
    value = getattr(row, column.column)
    if not column.members:
        new_value = _reencrypt_text(value, column.purpose)
    else:
        members = [member for member in column.members if member in value]
        if not members:
            return False
        new_value = value | {
            member: _reencrypt_text(value[member], column.purpose) for member in members
        }
    rows.filter(pk=pk).update(**{column.column: new_value})
    return True


def _reencrypt_text(sealed: str, purpose: str) -> str:
    return encrypt(decrypt(sealed, purpose=purpose), purpose=purpose)


def _cipher(purpose: str) -> MultiFernet:
    """Return AES with HMAC, the current key first; keys are derived by HKDF (RFC 5869)."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(secret, purpose)) for secret in secrets])


def _derive(secret: str, purpose: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"nexus {purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
