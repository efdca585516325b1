"""Doing what a request asks for once, and answering its repetitions."""

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
"""For how long a repetition gets its answer; a client that has not heard by then starts anew."""

# A string of structured fields (RFC 9651), as the draft has it, without escapes; and since most
# clients leave the quotes out, what would be one.
KEY = rf'^("[ !#-\[\]-~]{{8,{MAX_KEY_LENGTH}}}"|[A-Za-z0-9._~:+/=-]{{8,{MAX_KEY_LENGTH}}})$'


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with; `replayed` if it was answered before."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


def read_key(given: str | None) -> str:
    """Return the key that a client sent. Raises `KeyRequiredError` and `KeyInvalidError`."""
    if not given:
        raise KeyRequiredError
    if not re.fullmatch(KEY, given, re.ASCII):
        raise KeyInvalidError
    return given.strip('"') if given.startswith('"') else given


def fingerprint(operation: str, sent: Mapping[str, Any]) -> str:
    """Digest what is asked for: the name of the operation, and its checked parameters."""
    text = json.dumps([operation, sent], sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# anchor: once
@transaction.atomic
def answer_once(*, user_id: int, key: str, asked: str, act: Callable[[], Answer]) -> Answer:
    """Do `act` unless it was done for this key, and give its answer either way.

    `asked` is the request's fingerprint. What `act` writes is committed together with its answer.
    Where it raises, nothing is kept, and a repetition is a new attempt. Raises `KeyReusedError`
    and `StillRunningError`.
    """
    if not _begin(user_id, key):
        raise StillRunningError
    known = Record.objects.filter(user_id=user_id, key=key).first()
    if known is not None:
        if known.fingerprint != asked:
            raise KeyReusedError
        return Answer(known.status, bytes(known.body), known.headers, replayed=True)
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
    """Delete the answers that nobody asks for any more; gives their number."""
    return Record.objects.filter(created_at__lt=Now() - Value(KEPT)).delete()[0]


def forget_answers(user: "AbstractBaseUser") -> None:
    """Delete the answers that a person was given."""
    Record.objects.filter(user=user.pk).delete()


def _begin(user_id: int, key: str) -> bool:
    """Return whether no other transaction works on this key; if so, this one does until it ends."""
    digest = hashlib.sha256(f"idempotency {user_id} {key}".encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])
