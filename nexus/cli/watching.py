"""Reloads the library when a page, or code that it includes, is edited while it is served."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from watchfiles import Change, watch

from nexus.apps.library.errors import LibraryError, NoLibraryError
from nexus.apps.library.reading import LibraryReader
from nexus.apps.library.services import load_library
from nexus.cli.terminal import note, say

__all__ = ["library_watched"]

ENDINGS = (".md", ".py")
# An editor writes a file in several steps; changes within this time are loaded together.
GATHER_MS = 30
STEP_MS = 10
LOOK_MS = 500


@contextmanager
def library_watched() -> Iterator[None]:
    """Watch the folders of the library and of the code during the body."""
    stopped = Event()
    thread = Thread(target=_watch, args=(stopped,), name="library", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _watch(stopped: Event) -> None:
    reader = LibraryReader(settings.LIBRARY_DIR)
    # Read the library now, so that the first edit does not have to.
    reader.drafts()
    batches = watch(
        settings.LIBRARY_DIR,
        settings.BASE_DIR / "nexus",
        watch_filter=_concerns_pages,
        debounce=GATHER_MS,
        step=STEP_MS,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        stop_event=stopped,
        raise_interrupt=False,
    )
    for index, changes in enumerate(batches):
        # The first result comes once the folders are watched: load what changed before that.
        if changes or index == 0:
            _load(reader)
    connection.close()


def _load(reader: LibraryReader) -> None:
    try:
        changed = load_library(reader)
    except (LibraryError, NoLibraryError) as error:
        note.print(f"The library was not reloaded:\n{error.message}", style="red", markup=False)
    except (OperationalError, InterfaceError):
        connection.close()
        note.print("The library was not loaded: the database is unreachable.", style="red")
    else:
        if changed:
            say(f"loaded {changed} changed page{'s' if changed > 1 else ''}")


def _concerns_pages(_change: Change, path: str) -> bool:
    return path.endswith(ENDINGS)
