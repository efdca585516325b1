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
