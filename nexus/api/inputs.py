"""What can be sent, as serializers: what is documented is what is checked, in REST and GraphQL."""

from functools import cache
from typing import Any, Self, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from nexus.api.errors import InvalidInputError, PlaceError

__all__ = ["MOST", "USUAL", "PageParameters", "Parameters", "check"]

P = TypeVar("P", bound=serializers.Serializer[Any])

USUAL, MOST = 20, 100
"""How many results a page holds."""


def check(declared: type[serializers.Serializer[Any]], **given: Any) -> dict[str, Any]:
    """Give what was sent as `declared` reads it; a value of None was not sent.

    Raises `InvalidInputError`, which names each parameter that does not fit.
    """
    return _checked(declared, {name: value for name, value in given.items() if value is not None})


def _checked(
    declared: type[serializers.Serializer[Any]],
    given: dict[str, Any],
    faults: tuple[PlaceError, ...] = (),
) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    try:
        checked = _ready(declared).run_validation(given)
    except serializers.ValidationError as error:
        detail: Any = serializers.as_serializer_error(error)
        faults += tuple(
            PlaceError(str(sentence), parameter=name)
            for name, sentences in detail.items()
            for sentence in sentences
        )
    if faults:
        raise InvalidInputError(faults)
    return dict(checked)


@cache
def _ready(declared: type[P]) -> P:
    """Give an instance whose fields are made once: to make them costs more than to check.

    To run its validation changes nothing in it, so threads may share it.
    """
    made = declared()
    made.fields  # noqa: B018 -- a cached property, filled before threads meet
    return made


@cache
def _usual(declared: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Give what holds where nothing was sent, checked once: most requests say nothing more.

    Raises `InvalidInputError`, which is not kept, where something has to be sent.
    """
    return _checked(declared, {})


class Parameters(serializers.Serializer[Any]):
    """The query parameters of an operation; a subclass declares them as fields."""

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Give the checked parameters of a request.

        Raises `InvalidInputError`, also for a parameter that there is not or that comes twice.
        """
        declared, given = _ready(cls), request.query_params
        if not given:
            return dict(_usual(cls))
        faults = (*declared.unknown(given), *declared.repeated(given))
        return _checked(cls, given.dict(), faults)

    def unknown(self: Self, given: Any) -> list[PlaceError]:
        """Find the parameters that this operation does not have."""
        known = ", ".join(self.fields) or "none"
        return [
            PlaceError(f"There is no such parameter here; there are: {known}.", parameter=name)
            for name in given
            if name not in self.fields
        ]

    def repeated(self: Self, given: Any) -> list[PlaceError]:
        """Find the parameters that were given more than once."""
        return [
            PlaceError("This was given more than once; give it once.", parameter=name)
            for name in given
            if name in self.fields and len(given.getlist(name)) > 1
        ]


@extend_schema_field({"type": "string", "format": "cursor"})
class CursorField(serializers.CharField):
    """A cursor that an earlier page gave; made up ones are refused."""


class PageParameters(Parameters):
    """Where a page begins and how much it holds."""

    after = CursorField(
        required=False,
        max_length=500,
        help_text="A cursor: the page begins behind the row that it names. `next` has it set.",
    )
    limit = serializers.IntegerField(
        default=USUAL, min_value=1, max_value=MOST, help_text="How many results a page holds."
    )
