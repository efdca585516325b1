"""Permissions, and the roles of a new installation.

Roles are rows that an administrator can change; permissions are fixed here because code checks them
by name. To add a permission, add a member to `Permission`, add it to its roles in `ROLES` (`admin`
has all), and write a migration that grants it to them, such as `0005_admin_permissions`. A new role
must be created by its migration. A test compares `ROLES` with what the migrations create.
"""

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["ROLES", "Permission"]


class Permission(StrEnum):
    """One thing that a person may do beyond reading."""

    RUN_LABS = "labs.run"
    CANCEL_ANY_RUN = "labs.cancel_any"
    MANAGE_OWN_PRODUCTS = "products.manage_own"
    MANAGE_ANY_PRODUCT = "products.manage_any"
    MANAGE_OWN_STAYS = "stays.manage_own"
    MANAGE_ANY_STAY = "stays.manage_any"
    MANAGE_OWN_ORDERS = "orders.manage_own"
    MANAGE_ANY_ORDER = "orders.manage_any"
    SEE_ADMIN = "admin.see"
    CHANGE_IN_ADMIN = "admin.change"
    ASSIST_ACCOUNTS = "users.assist"
    MANAGE_ACCOUNTS = "users.manage"


ROLES: Mapping[str, frozenset[Permission]] = {
    "learner": frozenset(),
    "partner": frozenset(),
    "mentor": frozenset({Permission.RUN_LABS}),
    "host": frozenset({Permission.MANAGE_OWN_STAYS}),
    "merchant": frozenset({Permission.MANAGE_OWN_PRODUCTS, Permission.MANAGE_OWN_ORDERS}),
    "support": frozenset(
        {Permission.MANAGE_ANY_ORDER, Permission.SEE_ADMIN, Permission.ASSIST_ACCOUNTS}
    ),
    "admin": frozenset(Permission),
}
"""The roles that the migrations create, and what each may do."""
