"""Searches in the admin; pages are files, so they are not here."""

from django.contrib import admin

from nexus.apps.library.models import Search
from nexus.core.admin.tables import History

__all__ = ["SearchAdmin"]


@admin.register(Search)
class SearchAdmin(History):
    """What people looked for, and how much they found: what the library lacks."""

    list_display = ("searched_at", "text", "corrected", "found")
    search_fields = ("text",)
    fields = ("text", "corrected", "found", "searched_at")
