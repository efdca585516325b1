"""Background threads that end before the interpreter shuts down.

A daemon thread that is still running at interpreter shutdown is frozen with every lock it holds.
Any code that then needs such a lock waits forever, and the process hangs while it exits. So these
threads are told to stop, and are joined with a timeout, before shutdown.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable
from weakref import WeakSet

__all__ = ["pause", "start"]

END_S = 3.0
"""The total time for which an exiting process waits for its threads: as long as an unreachable
server blocks one of them."""


class _Process:
    """The threads of this process; a forked process starts with none."""

    def __init__(self) -> None:
        self.ending = threading.Event()
        self.threads: WeakSet[threading.Thread] = WeakSet()


_process = _Process()


def start(work: Callable[[], None], *, name: str) -> threading.Thread:
    """Start a daemon thread that the process joins when it exits.

    A loop must wait with `pause`, and end when that returns False.
    """
    thread = threading.Thread(target=work, name=name, daemon=True)
    _process.threads.add(thread)
    thread.start()
    return thread


def pause(seconds: float) -> bool:
    """Wait; return True to continue, or False immediately when the process is exiting."""
    return not _process.ending.wait(seconds)


def _end() -> None:
    _process.ending.set()
    deadline = time.monotonic() + END_S
    for thread in list(_process.threads):
        thread.join(max(0.0, deadline - time.monotonic()))


def _forget() -> None:
    """Start with no threads after a fork: only the forking thread exists in the child."""
    global _process  # noqa: PLW0603 -- per-process state
    _process = _Process()


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
