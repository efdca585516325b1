"""Background threads, which end before the interpreter does.

A daemon thread that still runs when the interpreter shuts down is frozen where it is, with every
lock that it holds. Whatever else then wants such a lock waits for ever: the process hangs in the
middle of its end. So these threads are asked to end, and awaited for a short while, before that.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable
from weakref import WeakSet

__all__ = ["pause", "start"]

END_S = 3.0
"""How long an ending process waits for all of its threads together: as long as an unreachable
server keeps one of them."""


class _Process:
    """The threads of this process; a fork begins with none."""

    def __init__(self) -> None:
        self.ending = threading.Event()
        self.threads: WeakSet[threading.Thread] = WeakSet()


_process = _Process()


def start(work: Callable[[], None], *, name: str) -> threading.Thread:
    """Start a daemon thread that an ending process waits for.

    Work that goes on for ever uses `pause`, and ends when that says so.
    """
    thread = threading.Thread(target=work, name=name, daemon=True)
    _process.threads.add(thread)
    thread.start()
    return thread


def pause(seconds: float) -> bool:
    """Wait; return whether to go on, which is at once `False` when the process ends."""
    return not _process.ending.wait(seconds)


def _end() -> None:
    _process.ending.set()
    until = time.monotonic() + END_S
    for thread in list(_process.threads):
        thread.join(max(0.0, until - time.monotonic()))


def _forget() -> None:
    """Start without threads in a fork: only the thread that forked exists there."""
    global _process  # noqa: PLW0603 -- what a process has once
    _process = _Process()


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
