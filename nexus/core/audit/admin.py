"""The audit in the admin."""

from typing import ClassVar

from django.contrib import admin

from nexus.core.admin.tables import History
from nexus.core.audit.models import Entry

__all__ = ["EntryAdmin"]


@admin.register(Entry)
class EntryAdmin(History):
    """Audit entries; the "History" link of each row leads here."""

    list_display = ("at", "actor", "action", "kind", "key", "details")
    list_select_related: ClassVar = ["actor"]
    search_fields = ("key__exact", "action__exact", "request_id__exact")
    search_help_text = (
        "Search for an object's key, an action's name, or a request's id (exact match)."
    )
    fields = ("at", "actor", "action", "kind", "key", "details", "request_id")
