"""Who may do what with listings and bookings."""

from typing import TYPE_CHECKING

from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission

if TYPE_CHECKING:
    from nexus.apps.stays.models import Booking, Listing
    from nexus.apps.users.actors import Actor

__all__ = ["is_guest", "may_cancel", "may_host", "may_manage", "may_see"]


def may_host(user: "Actor | None") -> bool:
    """Return whether `user` may have listings of their own."""
    return has_permission(user, Permission.MANAGE_OWN_STAYS) or _may_manage_any(user)


def may_manage(user: "Actor | None", listing: "Listing") -> bool:
    """Return whether `user` may change `listing`: its host, or an admin."""
    if user is None or not user.is_authenticated:
        return False
    own = listing.host_id == user.pk and has_permission(user, Permission.MANAGE_OWN_STAYS)
    return own or _may_manage_any(user)


def is_guest(user: "Actor | None", booking: "Booking") -> bool:
    """Return whether `user` made `booking`."""
    return user is not None and user.is_authenticated and booking.guest_id == user.pk


def may_cancel(user: "Actor | None", booking: "Booking") -> bool:
    """Return whether `user` may cancel `booking`: its guest, or a user who manages its listing."""
    return is_guest(user, booking) or may_manage(user, booking.listing)


def may_see(user: "Actor | None", booking: "Booking") -> bool:
    """Return whether `user` may read `booking`: its guest, or a user who manages its listing."""
    return is_guest(user, booking) or may_manage(user, booking.listing)


def _may_manage_any(user: "Actor | None") -> bool:
    return has_permission(user, Permission.MANAGE_ANY_STAY)
