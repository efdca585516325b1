"""What a role may allow.

Roles are rows (the first migration makes the usual ones); what a role may hold is fixed here,
because code asks for it by name.
"""

from enum import StrEnum

__all__ = ["Permission"]


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
