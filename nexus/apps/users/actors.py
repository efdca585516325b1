"""Who acts: a signed-in user, or a stranger."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.users.models import User

__all__ = ["Actor"]

Actor: TypeAlias = "User | AnonymousUser"
"""Whoever calls a service or a query."""
