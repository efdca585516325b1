"""Loads the library from its files into the database, and logs searches."""

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
    """Synchronise the database with the pages of the library. Returns how many pages changed.

    `source` is the library's folder, by default the installation's, or a reader, which caches
    unchanged pages, for repeated calls. Raises `LibraryError` with every fault; nothing is changed
    then.
    """
    if not isinstance(source, LibraryReader):
        source = LibraryReader(source or settings.LIBRARY_DIR)
    texts = source.read()
    with transaction.atomic():
        return store_pages(texts)


def search(
    *, q: str, kind: str = "", topic: str = "", limit: int = searching.USUAL_HITS
) -> SearchResult:
    """Search the library for `q`, and log the search and its number of hits."""
    result = searching.search(q, kind=kind, topic=topic, limit=limit)
    log_search(text=q, corrected=result.corrected, found=result.found)
    return result


def log_search(*, text: str, corrected: str, found: int) -> None:
    """Log a search and its number of hits."""
    Search.objects.create(
        text=text[:SEARCH_LIMIT],
        corrected=corrected[:SEARCH_LIMIT],
        found=found,
    )
