"""Reads pages from files: front matter, Markdown, code by anchor. Does not use the database.

A page that could not be shown, or would be shown incorrectly, is refused here. What makes a page
worse without breaking it is found by `nexus.apps.library.checking`.
"""

from nexus.apps.library.reading.page import ClaimText, Draft, PageText, draft_page, read_page
from nexus.apps.library.reading.tree import (
    KINDS,
    LibraryReader,
    draft_library,
    read_library,
    relation_faults,
)

__all__ = [
    "KINDS",
    "ClaimText",
    "Draft",
    "LibraryReader",
    "PageText",
    "draft_library",
    "draft_page",
    "read_library",
    "read_page",
    "relation_faults",
]
