"""Tables of the admin that only show, unless a class says what may be changed.

What is changed goes through the services of the app, and the audit is the one history of it. Tables
may be big: nothing counts them, and they are shown in the order of their keys.
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
"""A table is counted, and paged through, up to here; behind that a search finds rows."""
MAX_AT_ONCE = 100
"""How many rows one action may take."""


class CappedPaginator(AnyPaginator):
    """Pages of the first `MAX_COUNTED` rows: counting costs the same however big a table is."""

    @cached_property
    def count(self) -> int:
        """Count the rows, up to `MAX_COUNTED`."""
        rows: Any = self.object_list
        found: int = rows.order_by()[:MAX_COUNTED].count()
        return found


class Table(AnyAdmin):
    """Rows of a model. `fields` are shown, and of these `changeable` may be changed."""

    changeable: ClassVar[tuple[str, ...]] = ()
    # What a new row says beside that; a table without any is not added to.
    given_once: ClassVar[tuple[str, ...]] = ()

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    sortable_by = ()
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return every field that cannot be changed."""
        del request
        own = (*self.changeable, *self.given_once) if obj is None else self.changeable
        return [name for name in self.fields or () if name not in own]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether who asks may add a row here."""
        return bool(self.given_once) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether who asks may change something of a row."""
        return bool(self.changeable) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no: what is not wanted any more is unpublished, cancelled or deactivated."""
        del request, obj
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a row, or save it; what a service refuses is told, and nothing is saved."""
        try:
            answer: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except NexusError as error:
            if request.method != "POST":
                raise
            messages.error(request, error.message)
            return redirect(request.get_full_path())
        return answer

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the services that save write into the audit."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the services that save write into the audit."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the entries of the audit about a row."""
        del request, extra_context
        about = {"kind__exact": self.opts.label_lower, "key__exact": object_id}
        return redirect(f"{reverse('admin:audit_entry_changelist')}?{urlencode(about)}")

    def carry_out(
        self, request: HttpRequest, rows: models.QuerySet[Any], work: Callable[[Any], object]
    ) -> None:
        """Do `work` to each row, in a transaction of its own, and tell what came of it."""
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
        """Ask for what `form` has before `work(row, **answers)` is done to each row."""
        answered = form(request.POST if "answered" in request.POST else None)
        if answered.is_valid():
            self.carry_out(request, rows, lambda row: work(row, **answered.cleaned_data))
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "rows": rows[: MAX_AT_ONCE + 1],
            "form": answered,
            "action": action,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/ask.html", context)


class History(Table):
    """Rows that tell what has been: nobody adds, changes or deletes them here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        del request, obj
        return False


class Rows(AnyInline):
    """What belongs to a row, to be seen beneath it; `related` is read along."""

    related: ClassVar[tuple[str, ...]] = ()
    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows in the order in which they were made."""
        return super().get_queryset(request).select_related(*self.related).order_by("pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return every field."""
        del request, obj
        return list(self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        del request, obj
        return False
