"""What the engine needs from the place a lab runs on; the engine itself knows no database."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["Bench", "NullBench"]


class Bench(Protocol):
    """Connections, counters and the state between rounds."""

    def open(self) -> None:
        """Open a fresh connection for the calling thread and close its old one."""

    def close(self) -> None:
        """Close the calling thread's connection, if it has one."""

    def counting(self) -> "AbstractContextManager[Mapping[str, int]]":
        """Count what the body does on this thread's connection, such as queries and rows.

        The mapping is complete when the context ends.
        """

    def settle(self) -> None:
        """Bring the servers to rest between rounds, outside of every measured unit."""

    def describe(self) -> "Mapping[str, str]":
        """Return the names and versions of servers, and their settings."""


class NullBench:
    """A bench without a connection, which counts nothing: for labs in plain Python."""

    def open(self) -> None:
        """Do nothing: there is no connection."""

    def close(self) -> None:
        """Do nothing: there is no connection."""

    @contextmanager
    def counting(self) -> "Iterator[Mapping[str, int]]":
        """Count nothing."""
        yield {}

    def settle(self) -> None:
        """Do nothing: there is no server."""

    def describe(self) -> "Mapping[str, str]":
        """Return nothing: there is no server."""
        return {}
