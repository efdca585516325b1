"""Enumerations of the schema, made from words that the code has already."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

import strawberry

__all__ = ["enumeration", "word"]


def enumeration(name: str, words: Iterable[str], description: str) -> Any:
    """Return an enumeration of the schema with a member for each of `words`."""
    members: Any = Enum(name, {word.upper().replace("-", "_"): word for word in words})  # type: ignore[misc]
    return strawberry.enum(members, description=description)


def word(member: Enum | None) -> str | None:
    """Return the word that a member of an enumeration represents."""
    return str(member.value) if member else None
