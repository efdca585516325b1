"""Django's permission checks, decided by roles."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import BaseBackend

from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["Roles"]

CACHE = "_remembered_rights"
PERMISSIONS = {
    "view": Permission.SEE_ADMIN,
    "add": Permission.CHANGE_IN_ADMIN,
    "change": Permission.CHANGE_IN_ADMIN,
}


class Roles(BaseBackend):
    """Maps Django's permissions to two of ours, for viewing and for changing in the admin.

    They hold for every table. This backend does not authenticate: `services.log_in_with_password`
    does. A result is cached on the user object, so for one request, as Django's own backend does.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Return whether a user has Django's permission `app.verb_model`."""
        del obj
        permission = PERMISSIONS.get(perm.partition(".")[2].partition("_")[0])
        return permission is not None and _holds(user_obj, permission)

    def has_module_perms(self, user_obj: "User", app_label: str) -> bool:
        """Return whether a user may see any table of an app."""
        del app_label
        return _holds(user_obj, Permission.SEE_ADMIN)


def _holds(user: "User", permission: Permission) -> bool:
    cached: dict[Permission, bool] = user.__dict__.setdefault(CACHE, {})
    if permission not in cached:
        cached[permission] = has_permission(user, permission)
    return cached[permission]
