"""How many requests a client may make: one token bucket a client, in Valkey or Redis.

A bucket holds at most `burst` tokens and gains `rate` a second; a request takes one or more, or is
refused. So in any t seconds at most `burst + rate * t` tokens are taken, however many processes
share the bucket: taking is one script, and the store's clock is the only one.

What is kept of a bucket is the moment at which it will be full again, in whole microseconds. That
is the token bucket in the form of the generic cell rate algorithm (ITU-T I.371, annex A): one
integer, no fractions that drift, and a bucket without a key is full.
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
# Up to here every sum of the script, a moment and twice this, is a whole number in a double.
_MAX_US = 2**51

log = structlog.get_logger()

# One key, so that it runs on a cluster as well; nothing newer than Redis 6. A moment further away
# than an empty bucket needs comes from a clock that was set back, or from a larger limit: the
# bucket counts as empty and fills from now on, so that nobody is locked out for longer.
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
    """Requests cannot be counted, since the cache does not answer. Try again in a moment.

    Whoever serves requests decides what that means: let through, or refuse.
    """

    code = "rate_limits_unavailable"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` tokens at once, and `rate` of them a second in the long run.

    The time a token takes is rounded up to whole microseconds, so the true rate is lower than
    `rate` by less than `rate` millionths of it. Raises `ValueError` for a limit that cannot be
    kept.
    """

    burst: int
    rate: float

    def __post_init__(self) -> None:
        if self.burst < 1 or not 0 < self.rate <= _SECOND_US:
            raise ValueError(
                f"{self} cannot be kept; let burst be at least 1, and rate above 0 and at most "
                f"{_SECOND_US} a second."
            )
        if self.burst * self.interval_us > _MAX_US:
            raise ValueError(f"{self} takes over 70 years to fill; raise rate or lower burst.")

    @property
    def interval_us(self) -> int:
        """The time in which one token flows in, in microseconds."""
        return math.ceil(_SECOND_US / self.rate)


# anchor: decision
@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may pass, and what to tell its client.

    `remaining` tokens are left. `retry_after_s` is how long to wait until the same request would
    pass, 0 when it did; `reset_s` how long until the bucket is full.
    """

    allowed: bool
    limit: Limit
    remaining: int
    retry_after_s: float
    reset_s: float


# end: decision


def take(key: str, limit: Limit, cost: int = 1) -> Decision:
    """Take `cost` tokens from the bucket `key`, or none when fewer are left.

    Buckets of different limits must have different keys. Raises `StoreAwayError` when the store
    does not answer within `TIMEOUT_S`, or refuses; `ValueError` for a cost that the full bucket
    could not pay.
    """
    if not 1 <= cost <= limit.burst:
        raise ValueError(f"A cost of {cost} is not within the burst of {limit.burst}; change one.")
    arguments = [limit.interval_us, limit.burst, cost]
    try:
        answer = _script()(keys=[PREFIX + key], args=arguments)
    except redis.RedisError as error:
        raise StoreUnavailableError from error
    return decide(answer, limit)


def command(key: str, limit: Limit) -> Command:
    """Return what takes a token as `take` does, to be sent along with something else.

    The store may have forgotten the script, and answers with an error then; `take` sends it again.
    """
    return "EVALSHA", _script().sha, 1, PREFIX + key, limit.interval_us, limit.burst, 1


def decide(answer: Sequence[int], limit: Limit) -> Decision:
    """Return what the script has answered as a decision."""
    until_full_us, missing_us = answer
    return Decision(
        allowed=missing_us == 0,
        limit=limit,
        remaining=limit.burst - -(-until_full_us // limit.interval_us),
        retry_after_s=missing_us / _SECOND_US,
        reset_s=until_full_us / _SECOND_US,
    )


def take_or_allow(key: str, limit: Limit) -> Decision | None:
    """Take a token as `take` does, or give None where the store is away, which is counted.

    For what must go on then: a limit that protects a service must not be what takes it down. A key
    begins with two words that name what is limited; the rest, which may name somebody, is not
    logged.
    """
    try:
        return take(key, limit)
    except StoreUnavailableError:
        RATE_LIMITS_SKIPPED.inc()
        log.warning("rate_limit_skipped", limit=":".join(key.split(":")[:2]))
        return None


def raise_if_throttled(decision: Decision) -> None:
    """Raise `ThrottledError`, which says when to ask again, where no token was left."""
    if not decision.allowed:
        raise ThrottledError(retry_after_s=math.ceil(decision.retry_after_s))


def reset(*keys: str) -> None:
    """Let buckets be full again. Raises `StoreAwayError` when the store does not answer."""
    try:
        for key in keys:
            _script().registered_client.delete(PREFIX + key)
    except redis.RedisError as error:
        raise StoreUnavailableError from error


@cache
def _script() -> Script:
    """Return the script on this process's connections.

    It may be sent twice. Should the first have taken a token after all, the client has one less,
    never one more.
    """
    script: Script = client(TIMEOUT_S).register_script(TAKE)
    return script
