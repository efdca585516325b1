"""The outbox in the admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from nexus.core.admin.tables import History
from nexus.core.errors import ConflictError
from nexus.core.outbox.models import OPEN, Message, MessageQuerySet
from nexus.core.outbox.services import retry_failed

__all__ = ["MessageAdmin"]

STATES = {
    "waiting": OPEN,
    "delivered": Q(delivered_at__isnull=False),
    "given_up": Q(failed_at__isnull=False),
}


class Standing(admin.SimpleListFilter):
    """Filter messages by state."""

    title = "state"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [(name, name.replace("_", " ").capitalize()) for name in STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the messages with the selected state."""
        del request
        condition = STATES.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


@admin.register(Message)
class MessageAdmin(History):
    """Outbox messages and their state."""

    list_display = ("topic", "handler", "created_at", "due_at", "attempts", "delivered_at",
                    "failed_at")  # fmt: skip
    list_filter: ClassVar = [Standing]
    search_fields = ("topic__exact", "handler__exact")
    search_help_text = "Search for a topic or a handler (exact match)."
    fields = ("topic", "handler", "payload", "created_at", "due_at", "attempts", "last_error",
              "delivered_at", "failed_at")  # fmt: skip
    actions = ("retry",)

    @admin.action(description="Retry messages that were given up", permissions=["view"])
    def retry(self, request: HttpRequest, rows: MessageQuerySet) -> None:
        """Retry messages that were given up."""

        def work(row: Message) -> None:
            if not retry_failed(message_ids=[row.pk], by=request.user):
                raise ConflictError("This message has not been given up on.")

        self.carry_out(request, rows, work)
