"""What can be sent, as serializers: what is documented is what is checked, in REST and GraphQL."""

from functools import cache
from typing import Any, Self, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from nexus.api.errors import InputFault, InvalidInputError

__all__ = ["DEFAULT_PAGE_SIZE", "MAX_PAGE_SIZE", "PageParameters", "Parameters", "validate"]

P = TypeVar("P", bound=serializers.Serializer[Any])

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 20, 100
"""How many results a page holds."""


def validate(declared: type[serializers.Serializer[Any]], **given: Any) -> dict[str, Any]:
    """Give what was sent as `declared` reads it; a value of None was not sent.

    Raises `InvalidInputError`, which names each parameter that does not fit.
    """
    return _validate(declared, {name: value for name, value in given.items() if value is not None})


def _validate(
    declared: type[serializers.Serializer[Any]],
    given: dict[str, Any],
    faults: tuple[InputFault, ...] = (),
) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    try:
        checked = _instance(declared).run_validation(given)
    except serializers.ValidationError as error:
        detail: Any = serializers.as_serializer_error(error)
        faults += tuple(
            InputFault(str(sentence), parameter=name)
            for name, sentences in detail.items()
            for sentence in sentences
        )
    if faults:
        raise InvalidInputError(faults)
    return dict(checked)


@cache
def _instance(declared: type[P]) -> P:
    """Give an instance whose fields are made once: to make them costs more than to check.

    To run its validation changes nothing in it, so threads may share it.
    """
    made = declared()
    made.fields  # noqa: B018 -- a cached property, filled before threads meet
    return made


@cache
def _defaults(declared: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Give what holds where nothing was sent, checked once: most requests say nothing more.

    Raises `InvalidInputError`, which is not kept, where something has to be sent.
    """
    return _validate(declared, {})


class Parameters(serializers.Serializer[Any]):
    """The query parameters of an operation; a subclass declares them as fields."""

    @classmethod
    def from_request(cls, request: Request) -> dict[str, Any]:
        """Give the checked parameters of a request.

        Raises `InvalidInputError`, also for a parameter that there is not or that comes twice.
        """
        declared, given = _instance(cls), request.query_params
        if not given:
            return dict(_defaults(cls))
        faults = (*declared.unknown(given), *declared.repeated(given))
        return _validate(cls, given.dict(), faults)

    def unknown(self: Self, given: Any) -> list[InputFault]:
        """Find the parameters that this operation does not have."""
        known = ", ".join(self.fields) or "none"
        return [
            InputFault(f"There is no such parameter here; there are: {known}.", parameter=name)
            for name in given
            if name not in self.fields
        ]

    def repeated(self: Self, given: Any) -> list[InputFault]:
        """Find the parameters that were given more than once."""
        return [
            InputFault("This was given more than once; give it once.", parameter=name)
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
        default=DEFAULT_PAGE_SIZE,
        min_value=1,
        max_value=MAX_PAGE_SIZE,
        help_text="How many results a page holds.",
    )
