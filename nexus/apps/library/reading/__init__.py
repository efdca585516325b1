"""Reads pages from files: front matter, Markdown, code by anchor. Knows nothing of the database."""

from nexus.apps.library.reading.page import ClaimText, PageText, read_page
from nexus.apps.library.reading.tree import KINDS, read_library

__all__ = ["KINDS", "ClaimText", "PageText", "read_library", "read_page"]
