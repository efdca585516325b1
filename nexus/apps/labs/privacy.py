"""Personal data in labs: who requested which run."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nexus.apps.labs.models import Run

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["export", "forget"]


def export(user: "User") -> dict[str, Iterable[Any]]:
    """Return the runs that a user requested."""
    own = Run.objects.filter(requested_by=user).order_by("requested_at")
    members = ("lab", "form", "seed", "status", "verdict", "requested_at", "ended_at")
    return {"runs": list(own.values(*members))}


def forget(user: "User") -> None:
    """Remove the user from their runs, and keep the results."""
    Run.objects.filter(requested_by=user).update(requested_by=None)
