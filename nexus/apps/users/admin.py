"""Accounts and roles in the admin."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from nexus.apps.users import services
from nexus.apps.users.models import Role, User, UserQuerySet
from nexus.apps.users.permissions import Permission
from nexus.core.admin.tables import Table

if TYPE_CHECKING:
    AnyForm = forms.ModelForm[Role]
else:
    AnyForm = forms.ModelForm

__all__ = ["RoleAdmin", "UserAdmin"]


class RoleForm(AnyForm):
    """The permissions of a role as checkboxes."""

    permissions = forms.TypedMultipleChoiceField(
        choices=[(permission.value, permission.value) for permission in Permission],
        coerce=Permission,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Role
        fields = ("slug", "permissions")


@admin.register(Role)
class RoleAdmin(Table):
    """Which permissions a role has; the permissions themselves are defined in code."""

    form = RoleForm
    list_display = ("slug", "permissions")
    ordering = ("slug",)
    fields = ("slug", "permissions")
    changeable = ("permissions",)
    given_once = ("slug",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        del change
        permissions = form.cleaned_data["permissions"]
        obj.pk = services.save_role(slug=obj.slug, permissions=permissions, by=request.user).pk


@admin.register(User)
class UserAdmin(Table):
    """Accounts. People change their own; support and administrators act on others here."""

    list_display = ("email", "name", "is_active", "email_verified_at", "joined_at", "last_login")
    list_filter = ("is_active", ("roles", admin.RelatedOnlyFieldListFilter))
    search_fields = ("name",)
    search_help_text = "A complete email address, or part of a name."
    fields = ("email", "name", "pending_email", "email_verified_at", "is_active", "is_superuser",
              "roles", "joined_at", "last_login")  # fmt: skip
    changeable = ("roles",)
    actions = ("unlock", "send_verification", "deactivate", "activate")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by the complete address, using its index, or by part of the name."""
        if "@" in search_term:
            return queryset & User.objects.with_email(search_term.strip()), False
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        del change
        roles = [role.slug for role in form.cleaned_data["roles"]]
        services.set_roles(user_id=obj.pk, roles=roles, by=request.user)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Do nothing: the service has already set the roles."""

    @admin.action(description="Unlock: reset failed log-in attempts", permissions=["view"])
    def unlock(self, request: HttpRequest, rows: UserQuerySet) -> None:
        self.carry_out(
            request, rows, lambda row: services.unlock_account(user_id=row.pk, by=request.user)
        )

    @admin.action(description="Send the verification mail again", permissions=["view"])
    def send_verification(self, request: HttpRequest, rows: UserQuerySet) -> None:
        """Send the verification mail of the selected accounts again."""
        self.carry_out(
            request, rows, lambda row: services.send_verification(user_id=row.pk, by=request.user)
        )

    @admin.action(description="Deactivate and end every log-in", permissions=["change"])
    def deactivate(self, request: HttpRequest, rows: UserQuerySet) -> None:
        self._set_active(request, rows, is_active=False)

    @admin.action(description="Reactivate", permissions=["change"])
    def activate(self, request: HttpRequest, rows: UserQuerySet) -> None:
        self._set_active(request, rows, is_active=True)

    def _set_active(self, request: HttpRequest, rows: UserQuerySet, *, is_active: bool) -> None:
        def deactivate_or_activate(row: User) -> None:
            services.set_active(user_id=row.pk, is_active=is_active, by=request.user)

        self.carry_out(request, rows, deactivate_or_activate)
