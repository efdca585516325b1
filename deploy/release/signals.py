"""Signals: a deployment that is interrupted rolls back, and the rollback is not interrupted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from deploy.release.errors import DeploymentError

__all__ = ["interruptible", "undisturbed"]

# Ctrl-C, the end of a CI job, and a closed terminal.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interruptible() -> None:
    """Raise `DeploymentError` from now on if this process gets such a signal."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore these signals for a while."""
    before = [(number, signal.signal(number, _ignore)) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    # Only the first signal counts: the rollback follows.
    for asked in SIGNALS:
        signal.signal(asked, _ignore)
    raise DeploymentError(f"The deployment was interrupted ({signal.Signals(number).name})")


# Not SIG_IGN, which child processes would inherit.
def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass
