"""The audit in the admin."""

from typing import ClassVar

from django.contrib import admin

from nexus.core.admin.tables import History
from nexus.core.audit.models import Entry

__all__ = ["EntryAdmin"]


@admin.register(Entry)
class EntryAdmin(History):
    """Who did what; a row's "History" leads here."""

    list_display = ("at", "actor", "action", "kind", "key", "details")
    list_select_related: ClassVar = ["actor"]
    search_fields = ("key__exact", "action__exact", "request_id__exact")
    search_help_text = "The whole key of an object, name of an action, or id of a request."
    fields = ("at", "actor", "action", "kind", "key", "details", "request_id")
