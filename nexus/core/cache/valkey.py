"""Valkey itself, for what Django's cache has no words for: scripts, sorted sets, milliseconds."""

from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

__all__ = ["Command", "client", "execute"]

Command = tuple[str | int, ...]


def client(timeout_s: float) -> Any:
    """Return this process's connections whose answers may take so long; a fork gets its own.

    What is sent on a connection that has ended meanwhile is sent once more on a new one.
    """
    return _client(settings.CACHE_URL, timeout_s)


def execute(timeout_s: float, *commands: Command) -> list[Any]:
    """Send commands in one go and give the answer to each, or the error that is its answer.

    Raises `redis.RedisError` where Valkey does not answer.
    """
    asked = client(timeout_s).pipeline(transaction=False)
    for command in commands:
        asked.execute_command(*command)
    answers: list[Any] = asked.execute(raise_on_error=False)
    return answers


@cache
def _client(url: str, timeout_s: float) -> Any:
    pool = redis.ConnectionPool.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        # A pooled connection may have ended with a server that is back by now.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
    # A client that makes its pool itself closes it when it is deleted, which for this one is when
    # the interpreter shuts down; a thread that was frozen while it connects keeps the pool's lock.
    return redis.Redis(connection_pool=pool)
