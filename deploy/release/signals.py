"""A deployment that is asked to end undoes what it has begun, and is not disturbed in that."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from deploy.release.errors import DeploymentError

__all__ = ["interruptible", "undisturbed"]

# Ctrl-C, whoever ends a job, and a terminal that is closed.
ASKED_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interruptible() -> None:
    """Raise `DeploymentError` from now on where this process is asked to end."""
    for number in ASKED_TO_END:
        signal.signal(number, _interrupt)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Go on here whoever asks."""
    before = [(number, signal.signal(number, _ignore)) for number in ASKED_TO_END]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    # Whoever asks twice is heard once: what follows is the way back.
    for asked in ASKED_TO_END:
        signal.signal(asked, _ignore)
    raise DeploymentError(f"The deployment was asked to end ({signal.Signals(number).name})")


# Not SIG_IGN: programs that are started meanwhile would inherit that.
def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass
