"""Limits on guesses of a secret and on requests for a mail: per account and per address.

Attempts at an account are counted whether or not it exists, so that a refusal does not reveal it.
If the cache is unreachable, attempts are allowed: rate limits must not lock everybody out. Only
codes of six digits require counting, since they could be guessed without it.
"""

from dataclasses import dataclass

from nexus.core.cache.rate_limits import Limit, raise_if_throttled, reset, take, take_or_allow
from nexus.core.security.encryption import digest

__all__ = [
    "LOG_IN",
    "LOG_OUT",
    "MAIL",
    "REFRESH",
    "SECOND_FACTOR",
    "TOKEN",
    "Attempts",
    "count_attempt",
    "forgive",
]


@dataclass(frozen=True, slots=True)
class Attempts:
    """A kind of attempt and its limits; without an account, only the address is limited."""

    name: str
    per_account: Limit | None
    per_address: Limit
    must_count: bool = False


# Ten guesses at once, then one a minute: 1,450 a day for an account. The limit per address leaves
# a network of many people room for their typing errors.
LOG_IN = Attempts("log-in", Limit(10, 1 / 60), Limit(100, 1 / 6))
# Nobody may fill somebody else's mailbox.
MAIL = Attempts("mail", Limit(5, 1 / 600), Limit(50, 1 / 60))
# A token cannot be guessed; this limits the work that attempts cause.
TOKEN = Attempts("token", Limit(10, 1 / 60), Limit(100, 1 / 6))
# A program refreshes its tokens every ten minutes, so this suffices for six hundred programs in one
# network.
REFRESH = Attempts("refresh", None, Limit(100, 1))
LOG_OUT = Attempts("log-out", None, Limit(100, 1))
# Three of a million codes are valid at a time: at one guess a minute, 0.4 % in a day of guessing.
SECOND_FACTOR = Attempts("second-factor", Limit(5, 1 / 60), Limit(100, 1 / 6), must_count=True)


def count_attempt(kind: Attempts, *, address: str, account: str = "") -> None:
    """Count an attempt from `address`, and at `account` if one is given.

    Raises `ThrottledError`, which says when to try again, and `StoreUnavailableError` if an attempt
    that must be counted cannot be.
    """
    buckets = [(f"users:{kind.name}:address:{address}", kind.per_address)]
    if account and kind.per_account is not None:
        buckets.append((_of_account(kind, account), kind.per_account))
    for bucket, limit in buckets:
        decision = take(bucket, limit) if kind.must_count else take_or_allow(bucket, limit)
        if decision is None:
            return
        raise_if_throttled(decision)


def forgive(*kinds: Attempts, account: str) -> None:
    """Reset the counted attempts at an account. Raises `StoreUnavailableError`."""
    reset(*(_of_account(kind, account) for kind in kinds))


def _of_account(kind: Attempts, account: str) -> str:
    # Email addresses must not be stored in a cache in plain text.
    return f"users:{kind.name}:account:{digest(account.lower())}"
