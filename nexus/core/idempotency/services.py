"""Doing a request's work once, and repeating its response."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Now

from nexus.core.idempotency.errors import (
    KeyInvalidError,
    KeyRequiredError,
    KeyReusedError,
    StillRunningError,
)
from nexus.core.idempotency.models import MAX_KEY_LENGTH, Record

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

__all__ = [
    "KEY",
    "Answer",
    "answer_once",
    "delete_expired",
    "fingerprint",
    "forget_answers",
    "read_key",
]

KEPT = timedelta(hours=24)
"""How long a stored response is kept; a later retry is a new request."""

# A string of structured fields (RFC 9651), as in the draft, without escapes; or, since most clients
# omit the quotes, its bare content.
KEY = rf'^("[ !#-\[\]-~]{{8,{MAX_KEY_LENGTH}}}"|[A-Za-z0-9._~:+/=-]{{8,{MAX_KEY_LENGTH}}})$'


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a request; `replayed` if it is a stored one."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


def read_key(header: str | None) -> str:
    """Return the key sent by a client. Raises `KeyRequiredError` and `KeyInvalidError`."""
    if not header:
        raise KeyRequiredError
    if not re.fullmatch(KEY, header, re.ASCII):
        raise KeyInvalidError
    return header.strip('"') if header.startswith('"') else header


def fingerprint(operation: str, parameters: Mapping[str, Any]) -> str:
    """Return a digest of a request: the operation's name and its validated parameters."""
    text = json.dumps([operation, parameters], sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# anchor: once
@transaction.atomic
def answer_once(*, user_id: int, key: str, asked: str, act: Callable[[], Answer]) -> Answer:
    """Call `act` unless it was done for this key; return its response in either case.

    `asked` is the request's fingerprint. What `act` writes is committed together with its response.
    If it raises, nothing is stored, and a retry is a new attempt. Raises `KeyReusedError` and
    `StillRunningError`.
    """
    if not _begin(user_id, key):
        raise StillRunningError
    stored = Record.objects.filter(user_id=user_id, key=key).first()
    if stored is not None:
        if stored.fingerprint != asked:
            raise KeyReusedError
        return Answer(stored.status, bytes(stored.body), stored.headers, replayed=True)
    answer = replace(act(), replayed=False)
    Record.objects.create(
        user_id=user_id,
        key=key,
        fingerprint=asked,
        status=answer.status,
        headers=dict(answer.headers),
        body=answer.body,
    )
    return answer


# end: once


def delete_expired() -> int:
    """Delete expired responses; return their number."""
    return Record.objects.filter(created_at__lt=Now() - Value(KEPT)).delete()[0]


def forget_answers(user: "AbstractBaseUser") -> None:
    """Delete a user's stored responses."""
    Record.objects.filter(user=user.pk).delete()


def _begin(user_id: int, key: str) -> bool:
    """Lock a key until the transaction ends; return False if another transaction holds the lock."""
    digest = hashlib.sha256(f"idempotency {user_id} {key}".encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])
