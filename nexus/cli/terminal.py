"""How the command speaks: progress and remarks on standard error, results on standard output."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from rich.console import Console

__all__ = ["ERROR", "fail", "faults_as_sentences", "note", "out", "say"]

# The exit code of a command that could not do what it was asked.
ERROR = 3

out = Console(highlight=False, soft_wrap=True)
note = Console(stderr=True, highlight=False, soft_wrap=True)


def say(sentence: str) -> None:
    """Report what is being done."""
    note.print(f"[dim]·[/dim] {sentence}", markup=True)


@contextmanager
def faults_as_sentences() -> Iterator[None]:
    """End the command with a sentence, not a traceback, when something foreseeable goes wrong.

    SIGINT and SIGTERM both end it as Ctrl-C does. They are handled explicitly: whoever is started
    in the background by a script inherits that SIGINT is ignored.
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
        fail(f"The database does not answer: {reason}. Check DATABASE_URL, and that it runs.")
    except RedisError as error:
        reason = str(error).strip().splitlines()[0]
        fail(f"The cache does not answer: {reason}. Check CACHE_URL, and that it runs.")
    except KeyboardInterrupt:
        fail("Stopped.", code=130)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def fail(sentence: str, *, code: int = ERROR) -> NoReturn:
    """Print a sentence and end the command."""
    note.print(sentence, style="red", markup=False)
    sys.exit(code)
