"""Secrets at rest: encrypted with a key of this installation, which can be changed.

The key is derived from `SECRET_KEY`. What was encrypted with an earlier one stays readable while
that one is listed in `SECRET_KEY_FALLBACKS`, as with Django's own signatures. Apps declare which
columns hold such secrets, so that all of them can be encrypted anew and the earlier key forgotten.
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
    """A stored secret was encrypted with another key: list that in SECRET_KEY_FALLBACKS."""

    code = "undecipherable"


def encrypt(text: str, *, purpose: str) -> str:
    """Encrypt `text` so that only `decrypt` with the same purpose can read it."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def digest(token: str) -> str:
    """Return the SHA-256 of a random token as hexadecimal digits: enough to recognise it.

    Tokens are random and long, so nothing slower is needed against guessing.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def decrypt(sealed: str, *, purpose: str) -> str:
    """Return the text back. Raises `UndecipherableError` where no key of ours fits."""
    try:
        return _cipher(purpose).decrypt(sealed).decode()
    except InvalidToken as error:
        raise UndecipherableError from error


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds secrets, of a model such as `orders.WebhookSecret`.

    Of a column of JSON the secrets are those of its members that `members` names, where a row has
    them.
    """

    model: str
    column: str
    purpose: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """What came of a column: rows under the present key, and the ids of those that none reads."""

    column: SealedColumn
    rows: int
    unreadable: tuple[int, ...]


_SEALED: list[SealedColumn] = []


def register(*columns: SealedColumn) -> None:
    """Declare where an app keeps secrets."""
    _SEALED.extend(column for column in columns if column not in _SEALED)


def reencrypt_all() -> Iterator[Reencrypted]:
    """Encrypt every secret with the present key, a row at a time.

    What no key of ours reads is left as it is and told.
    """
    for column in _SEALED:
        rows: Any = apps.get_model(column.model)._default_manager  # noqa: SLF001 -- Django's documented way
        unreadable, done = [], 0
        for pk in rows.order_by("pk").values_list("pk", flat=True).iterator():
            try:
                done += _reencrypt(rows, pk, column)
            except UndecipherableError:
                unreadable.append(pk)
        yield Reencrypted(column, done, tuple(unreadable))


@transaction.atomic
def _reencrypt(rows: Any, pk: int, column: SealedColumn) -> bool:
    """Encrypt the secrets of a row; False where it has none any more."""
    row = rows.select_for_update().filter(pk=pk).first()
    if row is None:
        return False
    kept = getattr(row, column.column)
    if not column.members:
        anew = _anew(kept, column.purpose)
    else:
        present = [member for member in column.members if member in kept]
        if not present:
            return False
        anew = kept | {member: _anew(kept[member], column.purpose) for member in present}
    rows.filter(pk=pk).update(**{column.column: anew})
    return True


def _anew(sealed: str, purpose: str) -> str:
    return encrypt(decrypt(sealed, purpose=purpose), purpose=purpose)


def _cipher(purpose: str) -> MultiFernet:
    """Return AES with HMAC, the present key first (HKDF: RFC 5869)."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(secret, purpose)) for secret in secrets])


def _derive(secret: str, purpose: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"nexus {purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
