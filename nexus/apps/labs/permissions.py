"""Who may start and cancel runs."""

from typing import TYPE_CHECKING

from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission, may

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from nexus.apps.labs.models import Run
    from nexus.apps.users.models import User

__all__ = ["may_cancel", "may_run"]


def may_run(user: "User | AnonymousUser | None") -> bool:
    """Return whether `user` may start runs."""
    return has_permission(user, Permission.RUN_LABS)


def may_cancel(user: "User | AnonymousUser | None", run: "Run") -> bool:
    """Return whether `user` may cancel `run`: if they started it, or may cancel any."""
    return may(user, Permission.CANCEL_ANY_RUN, owner_id=run.requested_by_id)
