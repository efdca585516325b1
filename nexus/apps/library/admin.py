"""The log of searches in the admin; pages are files, so they are not here."""

from django.contrib import admin

from nexus.apps.library.models import Search
from nexus.core.admin.tables import History

__all__ = ["SearchAdmin"]


@admin.register(Search)
class SearchAdmin(History):
    """Searches and their number of hits, which show what the library lacks."""

    list_display = ("searched_at", "text", "corrected", "found")
    search_fields = ("text",)
    fields = ("text", "corrected", "found", "searched_at")
