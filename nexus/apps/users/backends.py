"""What Django asks of rights, answered by roles."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import BaseBackend

from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["Roles"]

REMEMBERED = "_remembered_rights"
WANTED = {
    "view": Permission.SEE_ADMIN,
    "add": Permission.CHANGE_IN_ADMIN,
    "change": Permission.CHANGE_IN_ADMIN,
}


class Roles(BaseBackend):
    """Lets who may see the admin see every table of it, and who may change there change them.

    It lets nobody in: `services.enter` does. An answer is kept on the user's object, so for one
    request, as Django's own backend keeps its answers.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Return whether a user holds Django's right `app.verb_model`."""
        del obj
        wanted = WANTED.get(perm.partition(".")[2].partition("_")[0])
        return wanted is not None and _holds(user_obj, wanted)

    def has_module_perms(self, user_obj: "User", app_label: str) -> bool:
        """Return whether a user sees anything of an app."""
        del app_label
        return _holds(user_obj, Permission.SEE_ADMIN)


def _holds(user: "User", permission: Permission) -> bool:
    remembered: dict[Permission, bool] = user.__dict__.setdefault(REMEMBERED, {})
    if permission not in remembered:
        remembered[permission] = has_permission(user, permission)
    return remembered[permission]
