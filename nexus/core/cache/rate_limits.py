"""Rate limits: one token bucket per client, stored in Valkey or Redis.

A bucket holds at most `burst` tokens and gains `rate` tokens a second; a request takes one or more,
or is refused. So in any t seconds at most `burst + rate * t` tokens are taken, however many
processes share the bucket: taking tokens is one script, and only the server's clock is used.

The stored value of a bucket is the time at which it will be full again, in whole microseconds. This
is the token bucket in the form of the generic cell rate algorithm (ITU-T I.371, annex A): one
integer, no rounding drift, and a bucket without a key is full.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import redis
import structlog
from redis.commands.core import Script

from nexus.core.cache.valkey import Command, client
from nexus.core.errors import ThrottledError, UnavailableError
from nexus.core.observability.metrics import RATE_LIMITS_SKIPPED

__all__ = [
    "Decision",
    "Limit",
    "StoreUnavailableError",
    "command",
    "decide",
    "raise_if_throttled",
    "reset",
    "take",
    "take_or_allow",
]

PREFIX = "nexus:limit:"
TIMEOUT_S = 0.2
_SECOND_US = 1_000_000
# Up to this value every sum in the script (a time plus at most twice this) is an exact integer in a
# double.
_MAX_US = 2**51

log = structlog.get_logger()

# It uses one key, so that it also runs on a cluster, and no command newer than Redis 6. A stored
# time later than that of an empty bucket comes from a clock that was set back, or from a larger
# limit: the bucket then counts as empty and refills from now, so that no client is locked out for
# longer.
# anchor: script
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, cost = tonumber(ARGV[1]), tonumber(ARGV[3])
local empty = now + interval * ARGV[2]
local stored = tonumber(redis.call('GET', KEYS[1]) or now)
local before = math.min(math.max(stored, now), empty)
local after = before + interval * cost
local missing = math.max(after - empty, 0)
if missing > 0 then
    after = before
end
if after ~= stored then
    redis.call('SET', KEYS[1], string.format('%.0f', after))
    redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.ceil(after / 1000)))
end
return {after - now, missing}
"""
# end: script


class StoreUnavailableError(UnavailableError):
    """Requests cannot be counted because the cache is unreachable. Try again in a moment.

    The caller decides whether to allow or refuse the request.
    """

    code = "rate_limits_unavailable"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` tokens at once, and `rate` tokens a second in the long run.

    The time for one token is rounded up to whole microseconds, so the actual rate is below `rate`
    by less than `rate` millionths of it. Raises `ValueError` for values that are out of range.
    """

    burst: int
    rate: float

    def __post_init__(self) -> None:
        if self.burst < 1 or not 0 < self.rate <= _SECOND_US:
            raise ValueError(
                f"{self} is out of range; burst must be at least 1, and rate above 0 and at most "
                f"{_SECOND_US} a second."
            )
        if self.burst * self.interval_us > _MAX_US:
            raise ValueError(f"{self} takes over 70 years to fill; raise rate or lower burst.")

    @property
    def interval_us(self) -> int:
        """The time in which the bucket gains one token, in microseconds."""
        return math.ceil(_SECOND_US / self.rate)


# anchor: decision
@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed, and the values for the response headers.

    `remaining` is the number of tokens left. `retry_after_s` is the time until the same request
    would be allowed (0 if it was), and `reset_s` the time until the bucket is full.
    """

    allowed: bool
    limit: Limit
    remaining: int
    retry_after_s: float
    reset_s: float


# end: decision


def take(key: str, limit: Limit, cost: int = 1) -> Decision:
    """Take `cost` tokens from the bucket `key`, or none if it has fewer.

    Buckets with different limits must have different keys. Raises `StoreUnavailableError` if the
    server does not respond within `TIMEOUT_S`, or returns an error, and `ValueError` for a cost
    below 1 or above `burst`.
    """
    if not 1 <= cost <= limit.burst:
        raise ValueError(f"A cost of {cost} is not between 1 and the burst of {limit.burst}.")
    arguments = [limit.interval_us, limit.burst, cost]
    try:
        reply = _script()(keys=[PREFIX + key], args=arguments)
    except redis.RedisError as error:
        raise StoreUnavailableError from error
    return decide(reply, limit)


def command(key: str, limit: Limit) -> Command:
    """Return the command that takes a token as `take` does, to be sent in a pipeline.

    If the server no longer has the script, its reply is an error; `take` then loads the script
    again.
    """
    return "EVALSHA", _script().sha, 1, PREFIX + key, limit.interval_us, limit.burst, 1


def decide(reply: Sequence[int], limit: Limit) -> Decision:
    """Return the script's reply as a `Decision`."""
    until_full_us, missing_us = reply
    return Decision(
        allowed=missing_us == 0,
        limit=limit,
        remaining=limit.burst - -(-until_full_us // limit.interval_us),
        retry_after_s=missing_us / _SECOND_US,
        reset_s=until_full_us / _SECOND_US,
    )


def take_or_allow(key: str, limit: Limit) -> Decision | None:
    """Take a token as `take` does; if the cache is unreachable, count that and return None.

    Use it where an outage of the cache must not stop the service that the limit protects. A key
    starts with two words that name the limit; only these are logged, since the rest may identify a
    user.
    """
    try:
        return take(key, limit)
    except StoreUnavailableError:
        RATE_LIMITS_SKIPPED.inc()
        log.warning("rate_limit_skipped", limit=":".join(key.split(":")[:2]))
        return None


def raise_if_throttled(decision: Decision) -> None:
    """Raise `ThrottledError` with the time to wait if the request was refused."""
    if not decision.allowed:
        raise ThrottledError(retry_after_s=math.ceil(decision.retry_after_s))


def reset(*keys: str) -> None:
    """Refill buckets. Raises `StoreUnavailableError` if the server is unreachable."""
    try:
        for key in keys:
            _script().registered_client.delete(PREFIX + key)
    except redis.RedisError as error:
        raise StoreUnavailableError from error


@cache
def _script() -> Script:
    """Return the script, bound to this process's connection pool.

    A command may be sent twice, since a lost connection is retried once. If the first attempt did
    take a token, the client has one token less, never one more.
    """
    script: Script = client(TIMEOUT_S).register_script(TAKE)
    return script
