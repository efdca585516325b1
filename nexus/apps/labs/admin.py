"""Runs in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from nexus.apps.labs import services
from nexus.apps.labs.models import Run
from nexus.core.admin.tables import History

__all__ = ["RunAdmin"]


@admin.register(Run)
class RunAdmin(History):
    """Completed, running and queued runs."""

    list_display = ("lab", "form", "status", "verdict", "requested_by", "requested_at", "ended_at")
    list_select_related: ClassVar = ["requested_by"]
    list_filter = ("status", "verdict", "form")
    ordering = ("-requested_at",)
    search_fields = ("lab__exact",)
    search_help_text = "The full name of a lab."
    fields = ("lab", "form", "seed", "status", "verdict", "step", "error", "requested_by",
              "requested_at", "started_at", "ended_at", "cancel_requested_at")  # fmt: skip
    actions = ("cancel",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Defer the documents, which are large."""
        return super().get_queryset(request).defer("document")

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Run]) -> None:
        def work(row: Run) -> None:
            services.cancel_run(run_id=row.pk, by=request.user)

        self.carry_out(request, rows, work)
