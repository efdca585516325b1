"""How often a secret may be tried or a mail asked for: per account, and per address.

An account is counted whether it exists or not, so that a refusal tells nothing of it. Where the
store does not answer, attempts pass: what protects a log-in must not be what closes it. Only a code
of six digits is worth nothing uncounted, and waits for the store.
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
    """A kind of attempt and its limits; what names no account is limited by address alone."""

    name: str
    per_account: Limit | None
    per_address: Limit
    must_count: bool = False


# Ten guesses at once, then one in a minute: 1,450 a day for an account, and for a network of many
# people as many as they may mistype.
LOG_IN = Attempts("log-in", Limit(10, 1 / 60), Limit(100, 1 / 6))
# A mailbox must not be filled by somebody else.
MAIL = Attempts("mail", Limit(5, 1 / 600), Limit(50, 1 / 60))
# A token cannot be guessed; this bounds the work that trying costs.
TOKEN = Attempts("token", Limit(10, 1 / 60), Limit(100, 1 / 6))
# A program exchanges its token once in ten minutes: six hundred programs of one network may, in the
# long run.
REFRESH = Attempts("refresh", None, Limit(100, 1))
LOG_OUT = Attempts("log-out", None, Limit(100, 1))
# Three of a million codes are right at a time: at one guess a minute, 0.4 % in a day of guessing.
SECOND_FACTOR = Attempts("second-factor", Limit(5, 1 / 60), Limit(100, 1 / 6), must_count=True)


def count_attempt(kind: Attempts, *, address: str, account: str = "") -> None:
    """Count an attempt from `address`, at `account` where one is named.

    Raises `ThrottledError`, which says when to try again, and `StoreAwayError` for what must be
    counted and cannot be.
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
    """Forget the attempts at an account that were counted. Raises `StoreAwayError`."""
    reset(*(_of_account(kind, account) for kind in kinds))


def _of_account(kind: Attempts, account: str) -> str:
    # Addresses of people do not belong in a cache in clear.
    return f"users:{kind.name}:account:{digest(account.lower())}"
