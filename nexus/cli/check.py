"""`nexus check`: checks the library for its authors."""

from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from nexus.cli.preparation import set_up_django_alone
from nexus.cli.terminal import fail, note, out
from nexus.core.errors import NexusError

__all__ = ["check_library"]

NOT_CHECKED = 2


def check_library(paths: Sequence[Path], *, fix: bool) -> int:
    """Print every fault of the library and its labs, or of `paths` in it.

    With `fix`, first write the tables that are generated from the pages. Return the exit code.
    """
    try:
        set_up_django_alone()
        if fix:
            _write_tables()
        pages, faults = _faults(paths)
    except NexusError as error:
        fail(error.message, code=NOT_CHECKED)
    except ImproperlyConfigured as error:
        fail(str(error), code=NOT_CHECKED)
    except KeyboardInterrupt:
        fail("Stopped.", code=130)
    for fault in faults:
        out.print(fault, markup=False)
    if faults:
        note.print(_count(len(faults), "fault"), style="red")
        return 1
    note.print(f"{_count(pages, 'page')}, no faults.")
    return 0


def _write_tables() -> None:
    from django.conf import settings

    from nexus.apps.library import checking
    from nexus.apps.library.reading import draft_library

    drafts = draft_library(settings.LIBRARY_DIR)
    pages = [draft.page for draft in drafts if draft.page]
    for name in checking.write_tables(settings.BASE_DIR, pages):
        note.print(f"Wrote the table in {name}.", markup=False)


def _faults(paths: Sequence[Path]) -> tuple[int, list[str]]:
    from django.conf import settings

    from nexus.apps.labs.checking import check_labs
    from nexus.apps.library import checking

    library: Path = settings.LIBRARY_DIR
    scope = checking.Scope.of(paths, library=library)
    cache = settings.BASE_DIR / ".mypy_cache" / "snippets"
    report = checking.check_library(library, scope=scope, cache=cache)
    faults = {
        *report.faults,
        *(fault for fault in check_labs(report.pages) if scope.holds(fault.path)),
    }
    page_count = sum(scope.holds(page.path) for page in report.pages)
    return page_count, [str(fault) for fault in sorted(faults)]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
