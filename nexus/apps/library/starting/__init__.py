"""First drafts of pages and labs, which pass `nexus check` before a word of them is changed."""

from nexus.apps.library.starting.labs import start_lab
from nexus.apps.library.starting.pages import start_page

__all__ = ["start_lab", "start_page"]
