"""Scalars of the schema."""

from typing import Annotated, NewType

import strawberry

from nexus.api.errors import InputFault, InvalidInputError

__all__ = ["BIG_INT", "BigInt", "Id"]

BigInt = NewType("BigInt", int)
Id = Annotated[BigInt, strawberry.argument(name="id")]
"""The argument `id`, under whatever name its resolver takes it."""


def parse_whole_number(value: object) -> int:
    """Return a whole number as it was sent. Raises `InvalidInputError` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError([InputFault("Enter a whole number.")])
    return value


BIG_INT = strawberry.scalar(
    name="BigInt",
    description="A whole number of any size; GraphQL's Int has 32 bits.",
    parse_value=parse_whole_number,
)
