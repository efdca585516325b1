"""Waiting for what happens elsewhere."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["until"]

PATIENCE_S = 60.0

T = TypeVar("T")


def until(tell: Callable[[], T], *, patience_s: float = PATIENCE_S, pause_s: float = 0.1) -> T:
    """Ask again until the answer is true; gives it, or what was told last."""
    ends = time.monotonic() + patience_s
    pause = threading.Event()
    while not (told := tell()) and time.monotonic() < ends:
        pause.wait(pause_s)
    return told
