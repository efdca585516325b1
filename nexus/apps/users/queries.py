"""Reads of accounts and what they allow."""

from typing import TYPE_CHECKING

from nexus.apps.users.models import Role
from nexus.apps.users.permissions import Permission

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.users.models import User

__all__ = ["has_permission"]


def has_permission(user: "User | AnonymousUser | None", permission: Permission) -> bool:
    """Tell whether one of the user's roles holds `permission`; nobody holds nothing."""
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    if user.is_superuser:
        return True
    return Role.objects.filter(users=user.pk, permissions__contains=[permission]).exists()
