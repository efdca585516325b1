"""Public answers that are kept until what they show is changed.

Answers of one space, such as those about products, stand under the space's version, a random word
in Valkey. A write gives the space a new version when it is committed; what was kept under the old
one is not asked for again. So nothing has to be found and deleted, and a reader that puts an answer
away which it read before the write puts it where nobody looks.

**The promise.** Once the function that wrote has returned, every process of the service gives new
answers. Where Valkey did not hear of the write, because it was away or the writing process died
between the commit and the next line, this holds in the process that wrote; the others may give old
answers for at most `settings.KEPT_S` seconds after the commit, since nothing is kept for longer.

Every reading asks Valkey for the version, which is one short command, and keeps the answers
themselves in the memory of its process. Where Valkey is away, nothing is kept and all is read from
PostgreSQL: a cache must not be what takes a service down.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from hashlib import blake2b
from typing import Any, TypeVar

import redis
import structlog
from django.conf import settings
from django.db import connection, transaction
from prometheus_client import Counter

from nexus.core.cache.valkey import Command, client, execute
from nexus.core.observability.metrics import CACHED_RESPONSES

__all__ = [
    "CachedResponse",
    "clear",
    "get",
    "get_or_set",
    "invalidate",
    "is_cacheable",
    "register_namespace",
]

PREFIX = "nexus:kept:"
TIMEOUT_S = 0.2
# How long Valkey is left alone after it failed.
PAUSE_S = 1.0
# How long a reader waits for another one of its process that makes the same answer.
WAIT_S = 2.0
MAX_BYTES = 16 * 2**20
MAX_RESPONSE_BYTES = 2**18
# What an answer takes beside its body: its place, its tag, and the objects that hold them.
ENTRY_BYTES = 1024
# Answers that were made together are made again one by one: each is kept a little shorter.
JITTER = 0.2

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """An answer: its text, and the tag that tells it from any other."""

    tag: str
    body: bytes


def register_namespace(space: str) -> None:
    """Report of a space from the start, so that its first answers are seen as a change."""
    for source in ("memory", "valkey", "made"):
        _counter(space, source)


def is_cacheable(space: str) -> bool:
    """Whether answers of a space are kept at present.

    They are not while Valkey is away or has not heard of a write, nor inside of a transaction:
    others may never see what is read there.
    """
    if connection.in_atomic_block or not settings.KEPT_S:
        return False
    if time.monotonic() < _state.away_until:
        return False
    return space not in _state.owed or _new_versions((space,))


def get(space: str, key: str, beside: Command) -> tuple[CachedResponse | None, Any]:
    """Return the answer under `key` that the memory of this process keeps and that still holds.

    And what Valkey answers to the command `beside`, which is sent along: to ask twice takes
    twice as long. Nothing of both where it does not answer. For a space that `is_kept`.
    """
    try:
        version, answer = execute(TIMEOUT_S, ("GET", _version_key(space)), beside)
    except redis.RedisError as error:
        _mark_unavailable(error)
        return None, None
    known = isinstance(version, bytes)
    found = _memory.get(_cache_key(space, version.decode(), key)) if known else None
    if found is not None:
        _count(space, "memory")
    return found, answer


def get_or_set(
    space: str, key: str, make: Callable[[], T], keep: Callable[[T], CachedResponse | None]
) -> CachedResponse | T:
    """Return the answer that is kept under `key`, or make it, and keep what `keep` says of it.

    Many readers of one process that miss the same answer make it once. Inside of a transaction
    nothing is kept.
    """
    version = _version(space)
    if version is None:
        return make()
    place = _cache_key(space, version, key)
    found = _memory.get(place)
    if found is not None:
        _count(space, "memory")
        return found
    lock = _locks[hash(place) % len(_locks)]
    alone = lock.acquire(timeout=WAIT_S)
    try:
        source = "memory"
        found = _memory.get(place)
        if found is None:
            source, found = "valkey", _fetch(place)
        if found is not None:
            _count(space, source)
            return found
        _count(space, "made")
        made = make()
        kept = keep(made)
        if kept is not None and len(kept.body) <= MAX_RESPONSE_BYTES:
            _put(place, kept)
        return made
    finally:
        if alone:
            lock.release()


def invalidate(*spaces: str) -> None:
    """Let what is kept in these spaces be forgotten when the transaction is committed.

    Called before anything else that is to follow the commit, so that no failure of that comes
    between.
    """
    transaction.on_commit(partial(_new_versions, spaces), robust=True)


def clear() -> None:
    """Drop what this process keeps, and what it owes to Valkey."""
    _memory.clear()
    _state.owed.clear()
    _state.away_until = 0.0


CacheKey = tuple[str, str, str]


class Memory:
    """What one process keeps, at most `MAX_BYTES` of it; the longest unread goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[CacheKey, tuple[float, CachedResponse]] = OrderedDict()
        self._size = 0

    def get(self, place: CacheKey) -> CachedResponse | None:
        """Return an answer that still holds."""
        with self._lock:
            until, found = self._kept.get(place, (0.0, None))
            if found is None:
                return None
            if time.monotonic() >= until:
                self._drop(place)
                return None
            self._kept.move_to_end(place)
            return found

    def put(self, place: CacheKey, kept: CachedResponse, seconds: float) -> None:
        """Keep an answer for so long."""
        with self._lock:
            if place in self._kept:
                self._drop(place)
            self._kept[place] = (time.monotonic() + seconds, kept)
            self._size += len(kept.body) + ENTRY_BYTES
            while self._size > MAX_BYTES:
                self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _drop(self, place: CacheKey) -> None:
        _, kept = self._kept.pop(place)
        self._size -= len(kept.body) + ENTRY_BYTES


class State:
    """What this process knows of Valkey: spaces that it could not bump, and until when to wait."""

    def __init__(self) -> None:
        self.owed: set[str] = set()
        self.away_until = 0.0


_memory = Memory()
_state = State()
_renewing = threading.Lock()
_locks = [threading.Lock() for _ in range(64)]


def _version(space: str) -> str | None:
    """Return the version of a space; nothing where nothing is kept."""
    if not is_cacheable(space):
        return None
    name = _version_key(space)
    try:
        found = client(TIMEOUT_S).get(name)
        if found is None:
            # A version that was lost is never taken up again, so nothing old comes back with it.
            client(TIMEOUT_S).set(name, secrets.token_hex(8), nx=True)
            found = client(TIMEOUT_S).get(name)
    except redis.RedisError as error:
        _mark_unavailable(error)
        return None
    return found.decode() if found else None


def _new_versions(spaces: tuple[str, ...]) -> bool:
    """Return spaces a new version; what Valkey did not take is owed to it."""
    # One at a time, so that nobody takes back what another one owes.
    with _renewing:
        # Owed first: should anything go wrong on the way, this process keeps nothing of them.
        _state.owed.update(spaces)
        try:
            for space in spaces:
                client(TIMEOUT_S).set(_version_key(space), secrets.token_hex(8))
        except redis.RedisError as error:
            _mark_unavailable(error)
            return False
        _state.owed.difference_update(spaces)
        return True


@cache
def _counter(space: str, source: str) -> Counter:
    return CACHED_RESPONSES.labels(space, source)


def _count(space: str, source: str) -> None:
    _counter(space, source).inc()


def _mark_unavailable(error: redis.RedisError) -> None:
    _state.away_until = time.monotonic() + PAUSE_S
    log.warning("kept_answers_unavailable", error=error)


def _cache_key(space: str, version: str, key: str) -> CacheKey:
    """Return where an answer is kept; a key is a whole address, of any length."""
    return space, version, blake2b(key.encode(), digest_size=16).hexdigest()


def _version_key(space: str) -> str:
    return f"{PREFIX}{space}"


def _valkey_key(place: CacheKey) -> str:
    return PREFIX + ":".join(place)


def _fetch(place: CacheKey) -> CachedResponse | None:
    """Return what another process has put away, and keep it here for as long as it still holds."""
    try:
        asked = client(TIMEOUT_S).pipeline(transaction=False)
        found, left_ms = asked.get(_valkey_key(place)).pttl(_valkey_key(place)).execute()
    except redis.RedisError as error:
        _mark_unavailable(error)
        return None
    if not found or left_ms <= 0:
        return None
    tag, _, body = found.partition(b"\n")
    kept = CachedResponse(tag.decode(), body)
    _memory.put(place, kept, left_ms / 1000)
    return kept


def _put(place: CacheKey, kept: CachedResponse) -> None:
    seconds = settings.KEPT_S * (1 - JITTER * secrets.randbelow(1000) / 1000)
    _memory.put(place, kept, seconds)
    try:
        text = kept.tag.encode() + b"\n" + kept.body
        client(TIMEOUT_S).set(_valkey_key(place), text, px=max(1, round(seconds * 1000)))
    except redis.RedisError as error:
        _mark_unavailable(error)
