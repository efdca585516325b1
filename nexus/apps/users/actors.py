"""The caller of a service or query: a signed-in user or an anonymous one."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.users.models import User

__all__ = ["Actor"]

Actor: TypeAlias = "User | AnonymousUser"
"""The caller of a service or a query."""
