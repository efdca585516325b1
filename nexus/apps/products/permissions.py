"""Who may change which products."""

from typing import TYPE_CHECKING

from nexus.apps.users.permissions import Permission
from nexus.apps.users.queries import has_permission

if TYPE_CHECKING:
    from nexus.apps.products.models import Product
    from nexus.apps.users.actors import Actor

__all__ = ["may_manage", "may_manage_any", "may_sell"]


def may_sell(user: "Actor | None") -> bool:
    """Return whether `user` may sell products of their own."""
    return has_permission(user, Permission.MANAGE_OWN_PRODUCTS) or may_manage_any(user)


def may_manage_any(user: "Actor | None") -> bool:
    """Return whether `user` may change every product and the categories."""
    return has_permission(user, Permission.MANAGE_ANY_PRODUCT)


def may_manage(user: "Actor | None", product: "Product") -> bool:
    """Return whether `user` may change `product`: its merchant or an administrator."""
    if user is None or not user.is_authenticated:
        return False
    own = product.owner_id == user.pk and has_permission(user, Permission.MANAGE_OWN_PRODUCTS)
    return own or may_manage_any(user)
