"""An account, in the store, of the requests that the lab's servers let through."""

from library.challenges.token_bucket.throttles import store

__all__ = ["forget", "read", "write"]

# Where nobody comes to read an account, it ends by itself.
KEPT_S = 60


def write(key: str, before: float, after: float) -> None:
    """Note that a request of `key` was let through, some time between two moments."""
    name = _name(key)
    both = store.pipeline()
    both.rpush(name, f"{before} {after}")
    both.expire(name, KEPT_S)
    both.execute()


def read(key: str) -> list[tuple[float, float]]:
    """Return both moments of every request of `key` that was let through."""
    moments = [line.split() for line in store.lrange(_name(key), 0, -1)]
    return [(float(before), float(after)) for before, after in moments]


def forget(key: str) -> None:
    """Delete the account of `key`; what the throttles keep lasts two windows."""
    store.delete(_name(key))


def _name(key: str) -> str:
    return f"{key}:let-through"
