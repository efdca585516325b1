"""First drafts of pages and labs, which pass `nexus check` unedited."""

from nexus.apps.library.scaffold.labs import start_lab
from nexus.apps.library.scaffold.pages import start_page

__all__ = ["start_lab", "start_page"]
