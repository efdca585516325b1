"""Who may do what with orders."""

from typing import TYPE_CHECKING

from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission

if TYPE_CHECKING:
    from nexus.apps.orders.models import Order
    from nexus.apps.users.actors import Actor

__all__ = ["is_buyer", "may_cancel", "may_manage", "may_manage_any", "may_see", "may_sell"]


def is_buyer(user: "Actor | None", order: "Order") -> bool:
    """Return whether `order` is one that `user` placed."""
    return user is not None and user.is_authenticated and order.buyer_id == user.pk


def may_sell(user: "Actor | None") -> bool:
    """Return whether `user` may manage orders of their own products."""
    return has_permission(user, Permission.MANAGE_OWN_ORDERS)


def may_manage_any(user: "Actor | None") -> bool:
    """Return whether `user` may manage every order."""
    return has_permission(user, Permission.MANAGE_ANY_ORDER)


def may_manage(user: "Actor | None", order: "Order") -> bool:
    """Return whether `user` may ship and refund `order`: the merchant of all its lines, or support.

    Only support manages an order of several merchants, because no single merchant may cancel or
    refund the others' lines.
    """
    if user is None or not user.is_authenticated:
        return False
    return (order.merchant_id == user.pk and may_sell(user)) or may_manage_any(user)


def may_cancel(user: "Actor | None", order: "Order") -> bool:
    """Return whether `user` may cancel `order`: its buyer, or a user who manages it."""
    return is_buyer(user, order) or may_manage(user, order)


def may_see(user: "Actor | None", order: "Order") -> bool:
    """Return whether `user` may read `order`: its buyer, or a user who manages it."""
    return is_buyer(user, order) or may_manage(user, order)
