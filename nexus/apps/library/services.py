"""Loads the library from its files into the database, and keeps what was searched for."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from nexus.apps.library import search as searching
from nexus.apps.library.models import Search
from nexus.apps.library.reading import LibraryReader
from nexus.apps.library.search import SearchResult
from nexus.apps.library.sync import store_pages

__all__ = ["load_library", "log_search", "search"]

SEARCH_LIMIT = 200


def load_library(source: LibraryReader | Path | None = None) -> int:
    """Make the database hold just the pages of the library; gives how many changed.

    `source` is the library's folder, by default the installation's, or a reader that remembers what
    it has read, for whoever loads again and again. Raises `LibraryError` with every fault; then
    nothing is changed.
    """
    if not isinstance(source, LibraryReader):
        source = LibraryReader(source or settings.LIBRARY_DIR)
    texts = source.read()
    with transaction.atomic():
        return store_pages(texts)


def search(
    *, q: str, kind: str = "", topic: str = "", limit: int = searching.USUAL_HITS
) -> SearchResult:
    """Search the library for `q`, and keep what was searched for and how much was found."""
    found = searching.search(q, kind=kind, topic=topic, limit=limit)
    log_search(text=q, corrected=found.corrected, found=found.found)
    return found


def log_search(*, text: str, corrected: str, found: int) -> None:
    """Keep what was searched for, and how much was found."""
    Search.objects.create(
        text=text[:SEARCH_LIMIT],
        corrected=corrected[:SEARCH_LIMIT],
        found=found,
    )
