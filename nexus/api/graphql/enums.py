"""Enumerations of the schema, created from words that the code already has."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

import strawberry

__all__ = ["enum_value", "make_enum"]


def make_enum(name: str, words: Iterable[str], description: str) -> Any:
    """Return an enumeration of the schema with a member for each of `words`."""
    members: Any = Enum(name, {value.upper().replace("-", "_"): value for value in words})  # type: ignore[misc]
    return strawberry.enum(members, description=description)


def enum_value(member: Enum | None) -> str | None:
    """Return the word of a member of an enumeration."""
    return str(member.value) if member else None
