"""Who may start and cancel runs."""

from typing import TYPE_CHECKING

from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission, may

if TYPE_CHECKING:
    from nexus.apps.labs.models import Run
    from nexus.apps.users.actors import Actor

__all__ = ["may_cancel", "may_run"]


def may_run(user: "Actor | None") -> bool:
    """Return whether `user` may start runs."""
    return has_permission(user, Permission.RUN_LABS)


def may_cancel(user: "Actor | None", run: "Run") -> bool:
    """Return whether `user` may cancel `run`: they started it, or may cancel any run."""
    return may(user, Permission.CANCEL_ANY_RUN, owner_id=run.requested_by_id)
