"""Reads of the audit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nexus.core.audit.models import Entry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

__all__ = ["list_actions"]


def list_actions(*, of: "AbstractBaseUser") -> list[Mapping[str, Any]]:
    """Give what somebody did, in the order in which they did it."""
    entries = Entry.objects.filter(actor=of.pk).order_by("pk")
    return [*entries.values("at", "action", "kind", "key")]
