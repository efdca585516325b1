"""The Valkey client, for what Django's cache does not offer: scripts, sorted sets, milliseconds."""

from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

__all__ = ["Command", "client", "execute"]

Command = tuple[str | int, ...]


def client(timeout_s: float) -> Any:
    """Return this process's client with this timeout; a fork gets its own.

    A command that fails on a closed connection is sent once more on a new one.
    """
    return _client(settings.CACHE_URL, timeout_s)


def execute(timeout_s: float, *commands: Command) -> list[Any]:
    """Send commands in one round trip and return the reply, or the error, of each.

    Raises `redis.RedisError` if Valkey does not respond.
    """
    pipeline = client(timeout_s).pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    replies: list[Any] = pipeline.execute(raise_on_error=False)
    return replies


@cache
def _client(url: str, timeout_s: float) -> Any:
    pool = redis.ConnectionPool.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        # A pooled connection may have been closed by a server that has restarted since.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
    # A client that creates its own pool closes it when it is deleted, which for this one is at
    # interpreter shutdown; a thread that was frozen while connecting still holds the pool's lock.
    return redis.Redis(connection_pool=pool)
