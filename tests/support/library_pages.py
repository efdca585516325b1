"""Small libraries for the tests of the linter: one valid page, and what a test adds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.test import override_settings

from nexus.apps.labs import registry
from nexus.apps.library.checking import Scope, check_library
from nexus.apps.library.errors import Fault

__all__ = ["BODY", "FRONT", "check", "installed", "lines", "new_library", "put_page"]

FRONT = "---\ntitle: A page\nsummary: What it is about.\n---\n"
BODY = "## What it is\n\nText.\n\n## When not to\n\nNever.\n"


def put_page(library: Path, text: str, *, name: str = "concepts/a_page") -> Path:
    """Write a page with its packages and a file of code."""
    folder = library / name
    folder.mkdir(parents=True, exist_ok=True)
    for package in (folder.parent, folder):
        (package / "__init__.py").touch()
    (folder / "README.md").write_text(text, "utf-8")
    (folder / "code.py").write_text("# anchor: all\nx = 1\n# end: all\n", "utf-8")
    return folder


def new_library(parent: Path) -> Path:
    """Create a library with one page without faults."""
    library = parent / "library"
    put_page(library, FRONT.replace("A page", "A good page") + BODY, name="concepts/good")
    return library


def check(library: Path, *paths: Path) -> tuple[Fault, ...]:
    """Return the faults of a library, or of some of its folders."""
    scope = Scope.of(paths, library=library)
    return check_library(library, scope=scope, cache=library.parent / "cache").faults


def lines(library: Path, *paths: Path) -> list[str]:
    """Return the faults as they are printed."""
    return [str(fault) for fault in check(library, *paths)]


@contextmanager
def installed(library: Path) -> Iterator[None]:
    """Make a library the one of Nexus, including its labs."""
    with override_settings(LIBRARY_DIR=library):
        _forget_labs()
        try:
            yield
        finally:
            _forget_labs()


def _forget_labs() -> None:
    registry._modules.cache_clear()
    registry.find_lab.cache_clear()
