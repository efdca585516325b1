"""A guard for loops of assertions, which prove nothing over an empty collection."""

from collections.abc import Iterable
from typing import TypeVar

__all__ = ["nonempty"]

T = TypeVar("T")


def nonempty(items: Iterable[T]) -> list[T]:
    """Return the items as a list. Fails the test if there are none."""
    found = list(items)
    assert found, "There is nothing to go through, so the loop would prove nothing."
    return found
