"""Admin tables that are read-only, except for the fields that a class declares as changeable.

Changes go through the app's services, and the audit is their only history. Tables may be large:
rows are not counted beyond `MAX_COUNTED`, and they are ordered by primary key.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.paginator import Paginator
from django.db import models, transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property

from nexus.core.errors import NexusError

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin, AnyInline, AnyPaginator = admin.ModelAdmin, admin.TabularInline, Paginator

__all__ = ["MAX_AT_ONCE", "MAX_COUNTED", "CappedPaginator", "History", "Rows", "Table"]

MAX_COUNTED = 10_000
"""Rows of a table are counted and paginated up to this number; use the search to find others."""
MAX_AT_ONCE = 100
"""The maximum number of rows for one action."""


class CappedPaginator(AnyPaginator):
    """Pages of the first `MAX_COUNTED` rows: the cost of counting does not grow with the table."""

    @cached_property
    def count(self) -> int:
        """Count the rows, up to `MAX_COUNTED`."""
        rows: Any = self.object_list
        count: int = rows.order_by()[:MAX_COUNTED].count()
        return count


class Table(AnyAdmin):
    """A model's table. `fields` are shown; those in `changeable` may be edited."""

    changeable: ClassVar[tuple[str, ...]] = ()
    # Additional fields that are set when a row is added. If empty, rows cannot be added.
    given_once: ClassVar[tuple[str, ...]] = ()

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    sortable_by = ()
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return every field that cannot be edited."""
        del request
        editable = (*self.changeable, *self.given_once) if obj is None else self.changeable
        return [name for name in self.fields or () if name not in editable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may add a row."""
        return bool(self.given_once) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may edit a row."""
        return bool(self.changeable) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: rows are unpublished, cancelled or deactivated, not deleted."""
        del request, obj
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save a row. If a service refuses the change, show its error and save nothing."""
        try:
            response: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except NexusError as error:
            if request.method != "POST":
                raise
            messages.error(request, error.message)
            return redirect(request.get_full_path())
        return response

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the services write to the audit."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the services write to the audit."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the row's audit entries."""
        del request, extra_context
        filters = {"kind__exact": self.opts.label_lower, "key__exact": object_id}
        return redirect(f"{reverse('admin:audit_entry_changelist')}?{urlencode(filters)}")

    def carry_out(
        self, request: HttpRequest, rows: models.QuerySet[Any], work: Callable[[Any], object]
    ) -> None:
        """Call `work` for each row in its own transaction, and show a message with the outcome."""
        chosen = list(rows[: MAX_AT_ONCE + 1])
        if len(chosen) > MAX_AT_ONCE:
            messages.error(request, f"Choose at most {MAX_AT_ONCE} rows at once.")
            return
        done = 0
        for row in chosen:
            try:
                with transaction.atomic():
                    work(row)
            except NexusError as error:
                messages.error(request, f"{row}: {error.message}")
            else:
                done += 1
        if done:
            messages.success(request, f"Done for {done} of {len(chosen)}.")

    def ask(  # noqa: PLR0913 -- one argument for each part of the page
        self,
        request: HttpRequest,
        rows: models.QuerySet[Any],
        form: type[Form],
        work: Callable[..., object],
        *,
        action: str,
        title: str,
    ) -> HttpResponse | None:
        """Show `form` first; once it is valid, call `work(row, **cleaned_data)` for each row."""
        bound_form = form(request.POST if "answered" in request.POST else None)
        if bound_form.is_valid():
            self.carry_out(request, rows, lambda row: work(row, **bound_form.cleaned_data))
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "rows": rows[: MAX_AT_ONCE + 1],
            "form": bound_form,
            "action": action,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/ask.html", context)


class History(Table):
    """Read-only rows: they cannot be added, edited or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


class Rows(AnyInline):
    """Read-only rows related to the row shown; `related` lists relations to select with them."""

    related: ClassVar[tuple[str, ...]] = ()
    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows in the order of their creation."""
        return super().get_queryset(request).select_related(*self.related).order_by("pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        del request, obj
        return list(self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False
