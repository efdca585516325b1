"""A cache of public responses that are valid until the data they show changes.

Responses are grouped in namespaces, such as that of products. The version of a namespace, a random
word in Valkey, is part of each cache key. A write sets a new version when it is committed, and
responses with the old version are not read again. So nothing has to be found and deleted, and a
reader that stores a response it read before the write stores it under the old version, where no
reader looks.

**The guarantee.** Once the function that wrote has returned, every process of the service returns
new responses. If the new version did not reach Valkey, because it was unreachable or because the
writing process died between the commit and the next line, this holds in the writing process only;
the others may return old responses for at most `settings.KEPT_S` seconds after the commit, the
maximum lifetime of an entry.

Each read gets the version from Valkey, which is one short command; the responses themselves are
cached in the memory of the process. While Valkey is unreachable nothing is cached, and everything
is read from PostgreSQL: an outage of the cache must not take the service down.
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
# How long Valkey is not used after an error.
PAUSE_S = 1.0
# How long a reader waits for another thread that builds the same response.
WAIT_S = 2.0
MAX_BYTES = 16 * 2**20
MAX_RESPONSE_BYTES = 2**18
# The size of an entry besides its body: its cache key, its tag, and the objects that hold them.
ENTRY_BYTES = 1024
# Lifetimes are shortened at random by up to this share, so that responses cached together do not
# expire together.
JITTER = 0.2

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response body and its entity tag."""

    tag: str
    body: bytes


def register_namespace(space: str) -> None:
    """Create the metrics of a namespace at start, so that Prometheus sees its first responses."""
    for source in ("memory", "valkey", "made"):
        _counter(space, source)


def is_cacheable(space: str) -> bool:
    """Return whether responses of a namespace can be cached now.

    They cannot while Valkey is unreachable or has missed an invalidation, nor inside a transaction,
    whose reads may never become visible to others.
    """
    if connection.in_atomic_block or not settings.KEPT_S:
        return False
    if time.monotonic() < _state.unavailable_until:
        return False
    return space not in _state.pending or _new_versions((space,))


def get(space: str, key: str, beside: Command) -> tuple[CachedResponse | None, Any]:
    """Return the valid response under `key` in this process's memory, or None.

    Also return Valkey's reply to the command `beside`, which is sent in the same round trip. Both
    are None if Valkey does not respond. The namespace must be cacheable (`is_cacheable`).
    """
    try:
        version, reply = execute(TIMEOUT_S, ("GET", _version_key(space)), beside)
    except redis.RedisError as error:
        _mark_unavailable(error)
        return None, None
    is_known = isinstance(version, bytes)
    response = _memory.get(_cache_key(space, version.decode(), key)) if is_known else None
    if response is not None:
        _count(space, "memory")
    return response, reply


def get_or_set(
    space: str, key: str, make: Callable[[], T], keep: Callable[[T], CachedResponse | None]
) -> CachedResponse | T:
    """Return the response cached under `key`, or call `make` and cache what `keep` returns for it.

    Concurrent readers of one process that miss the same response build it once. Inside a
    transaction nothing is cached.
    """
    version = _version(space)
    if version is None:
        return make()
    cache_key = _cache_key(space, version, key)
    response = _memory.get(cache_key)
    if response is not None:
        _count(space, "memory")
        return response
    lock = _locks[hash(cache_key) % len(_locks)]
    acquired = lock.acquire(timeout=WAIT_S)
    try:
        source = "memory"
        response = _memory.get(cache_key)
        if response is None:
            source, response = "valkey", _fetch(cache_key)
        if response is not None:
            _count(space, source)
            return response
        _count(space, "made")
        value = make()
        entry = keep(value)
        if entry is not None and len(entry.body) <= MAX_RESPONSE_BYTES:
            _put(cache_key, entry)
        return value
    finally:
        if acquired:
            lock.release()


def invalidate(*spaces: str) -> None:
    """Invalidate the cached responses of these namespaces when the transaction commits.

    Call it before other `on_commit` hooks are registered, so that a failure of theirs cannot
    prevent it.
    """
    transaction.on_commit(partial(_new_versions, spaces), robust=True)


def clear() -> None:
    """Clear this process's cache and its list of pending invalidations."""
    _memory.clear()
    _state.pending.clear()
    _state.unavailable_until = 0.0


CacheKey = tuple[str, str, str]


class Memory:
    """The cache of one process: at most `MAX_BYTES`, with eviction of the least recently used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[CacheKey, tuple[float, CachedResponse]] = OrderedDict()
        self._size = 0

    def get(self, cache_key: CacheKey) -> CachedResponse | None:
        """Return an entry that has not expired, or None."""
        with self._lock:
            expires_at, response = self._entries.get(cache_key, (0.0, None))
            if response is None:
                return None
            if time.monotonic() >= expires_at:
                self._drop(cache_key)
                return None
            self._entries.move_to_end(cache_key)
            return response

    def put(self, cache_key: CacheKey, response: CachedResponse, seconds: float) -> None:
        """Store an entry for `seconds`."""
        with self._lock:
            if cache_key in self._entries:
                self._drop(cache_key)
            self._entries[cache_key] = (time.monotonic() + seconds, response)
            self._size += len(response.body) + ENTRY_BYTES
            while self._size > MAX_BYTES:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self._size = 0

    def _drop(self, cache_key: CacheKey) -> None:
        _, response = self._entries.pop(cache_key)
        self._size -= len(response.body) + ENTRY_BYTES


class State:
    """What this process knows of Valkey: pending invalidations, and the pause after an error."""

    def __init__(self) -> None:
        self.pending: set[str] = set()
        self.unavailable_until = 0.0


_memory = Memory()
_state = State()
_invalidation_lock = threading.Lock()
_locks = [threading.Lock() for _ in range(64)]


def _version(space: str) -> str | None:
    """Return the version of a namespace, or None if its responses cannot be cached."""
    if not is_cacheable(space):
        return None
    key = _version_key(space)
    try:
        version = client(TIMEOUT_S).get(key)
        if version is None:
            # A lost version is replaced by a new random one, so no old response becomes valid
            # again.
            client(TIMEOUT_S).set(key, secrets.token_hex(8), nx=True)
            version = client(TIMEOUT_S).get(key)
    except redis.RedisError as error:
        _mark_unavailable(error)
        return None
    return version.decode() if version else None


def _new_versions(spaces: tuple[str, ...]) -> bool:
    """Set new versions of namespaces; those that did not reach Valkey stay pending."""
    # One thread at a time, so that none clears an invalidation that another has pending.
    with _invalidation_lock:
        # Mark them as pending first: if anything fails, this process caches nothing of them.
        _state.pending.update(spaces)
        try:
            for space in spaces:
                client(TIMEOUT_S).set(_version_key(space), secrets.token_hex(8))
        except redis.RedisError as error:
            _mark_unavailable(error)
            return False
        _state.pending.difference_update(spaces)
        return True


@cache
def _counter(space: str, source: str) -> Counter:
    return CACHED_RESPONSES.labels(space, source)


def _count(space: str, source: str) -> None:
    _counter(space, source).inc()


def _mark_unavailable(error: redis.RedisError) -> None:
    _state.unavailable_until = time.monotonic() + PAUSE_S
    log.warning("kept_answers_unavailable", error=error)


def _cache_key(space: str, version: str, key: str) -> CacheKey:
    """Return the key of a response. Its name is a whole URL of any length, so it is hashed."""
    return space, version, blake2b(key.encode(), digest_size=16).hexdigest()


def _version_key(space: str) -> str:
    return f"{PREFIX}{space}"


def _valkey_key(cache_key: CacheKey) -> str:
    return PREFIX + ":".join(cache_key)


def _fetch(cache_key: CacheKey) -> CachedResponse | None:
    """Return what another process has stored in Valkey, and cache it here until it expires."""
    try:
        pipeline = client(TIMEOUT_S).pipeline(transaction=False)
        value, ttl_ms = pipeline.get(_valkey_key(cache_key)).pttl(_valkey_key(cache_key)).execute()
    except redis.RedisError as error:
        _mark_unavailable(error)
        return None
    if not value or ttl_ms <= 0:
        return None
    tag, _, body = value.partition(b"\n")
    response = CachedResponse(tag.decode(), body)
    _memory.put(cache_key, response, ttl_ms / 1000)
    return response


def _put(cache_key: CacheKey, response: CachedResponse) -> None:
    seconds = settings.KEPT_S * (1 - JITTER * secrets.randbelow(1000) / 1000)
    _memory.put(cache_key, response, seconds)
    try:
        value = response.tag.encode() + b"\n" + response.body
        client(TIMEOUT_S).set(_valkey_key(cache_key), value, px=max(1, round(seconds * 1000)))
    except redis.RedisError as error:
        _mark_unavailable(error)
