"""Terminal output: progress and remarks on standard error, results on standard output."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from rich.console import Console

__all__ = [
    "ERROR",
    "check_interrupted",
    "fail",
    "faults_as_sentences",
    "forget_interrupt",
    "note",
    "out",
    "say",
]

# The exit code of a command that failed.
ERROR = 3

out = Console(highlight=False, soft_wrap=True)
note = Console(stderr=True, highlight=False, soft_wrap=True)

_interrupted = threading.Event()


def say(sentence: str) -> None:
    """Print a progress message."""
    note.print(f"[dim]·[/dim] {sentence}", markup=True)


@contextmanager
def faults_as_sentences() -> Iterator[None]:
    """On an expected error, end the command with its message instead of a traceback.

    SIGINT and SIGTERM both act like Ctrl-C. They are handled explicitly, since a process started in
    the background by a script inherits an ignored SIGINT.
    """
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import InterfaceError, OperationalError
    from redis import RedisError

    from nexus.core.errors import NexusError
    from nexus.runtime.embedded import EmbeddedError

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        yield
    except NexusError as error:
        fail(error.message)
    except (EmbeddedError, ImproperlyConfigured) as error:
        fail(str(error))
    except (OperationalError, InterfaceError) as error:
        reason = str(error).strip().splitlines()[0]
        fail(f"The database is unreachable: {reason}. Check DATABASE_URL, and that it is running.")
    except RedisError as error:
        reason = str(error).strip().splitlines()[0]
        fail(f"The cache is unreachable: {reason}. Check CACHE_URL, and that it is running.")
    except KeyboardInterrupt:
        fail("Stopped.", code=130)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _interrupted.set()
    raise KeyboardInterrupt


def check_interrupted() -> None:
    """Raise the `KeyboardInterrupt` of an earlier signal if it was lost.

    Python drops exceptions that are raised in some callbacks, such as those around a fork, and a
    signal handler may run there. So every loop that waits for a long time calls this.
    """
    if _interrupted.is_set():
        _interrupted.clear()
        raise KeyboardInterrupt


def forget_interrupt() -> None:
    """Note that a `KeyboardInterrupt` was handled and the command goes on."""
    _interrupted.clear()


def fail(sentence: str, *, code: int = ERROR) -> NoReturn:
    """Print an error message and end the command."""
    note.print(sentence, style="red", markup=False)
    sys.exit(code)
