"""What can be sent, declared as serializers: REST and GraphQL document and validate the same."""

from functools import cache
from typing import Any, Self, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from nexus.api.errors import InputFault, InvalidInputError

__all__ = ["DEFAULT_PAGE_SIZE", "MAX_PAGE_SIZE", "PageParameters", "Parameters", "validate"]

P = TypeVar("P", bound=serializers.Serializer[Any])

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 20, 100
"""The number of results on a page: by default, and at most."""


def validate(declaration: type[serializers.Serializer[Any]], **sent: Any) -> dict[str, Any]:
    """Return what was sent, as `declared` reads it; None means not sent.

    Raises `InvalidInputError`, which names each invalid parameter.
    """
    return _validate(
        declaration, {name: value for name, value in sent.items() if value is not None}
    )


def _validate(
    declaration: type[serializers.Serializer[Any]],
    sent: dict[str, Any],
    faults: tuple[InputFault, ...] = (),
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    try:
        values = _instance(declaration).run_validation(sent)
    except serializers.ValidationError as error:
        detail: Any = serializers.as_serializer_error(error)
        faults += tuple(
            InputFault(str(sentence), parameter=name)
            for name, sentences in detail.items()
            for sentence in sentences
        )
    if faults:
        raise InvalidInputError(faults)
    return dict(values)


@cache
def _instance(declaration: type[P]) -> P:
    """Return an instance whose fields are created once: creating them costs more than validating.

    Validation changes nothing in the instance, so threads may share it.
    """
    instance = declaration()
    instance.fields  # noqa: B018 -- a cached property, filled before threads meet
    return instance


@cache
def _defaults(declaration: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Return the values that apply when nothing is sent, as in most requests; validated once.

    Raises `InvalidInputError`, which is not cached, if a parameter is required.
    """
    return _validate(declaration, {})


class Parameters(serializers.Serializer[Any]):
    """The query parameters of an operation; a subclass declares them as fields."""

    @classmethod
    def from_request(cls, request: Request) -> dict[str, Any]:
        """Return the validated parameters of a request.

        Raises `InvalidInputError`, also for a parameter that is unknown or sent twice.
        """
        declaration, sent = _instance(cls), request.query_params
        if not sent:
            return dict(_defaults(cls))
        faults = (*declaration.unknown(sent), *declaration.repeated(sent))
        return _validate(cls, sent.dict(), faults)

    def unknown(self: Self, sent: Any) -> list[InputFault]:
        """Return a fault for each parameter that this operation does not have."""
        names = ", ".join(self.fields) or "none"
        return [
            InputFault(
                f"Unknown parameter. The parameters of this operation are: {names}.", parameter=name
            )
            for name in sent
            if name not in self.fields
        ]

    def repeated(self: Self, sent: Any) -> list[InputFault]:
        """Return a fault for each parameter that was sent more than once."""
        return [
            InputFault("This parameter was sent more than once. Send it once.", parameter=name)
            for name in sent
            if name in self.fields and len(sent.getlist(name)) > 1
        ]


@extend_schema_field({"type": "string", "format": "cursor"})
class CursorField(serializers.CharField):
    """A cursor returned by an earlier page; any other is refused."""


class PageParameters(Parameters):
    """The start and the size of a page."""

    after = CursorField(
        required=False,
        max_length=500,
        help_text="Return results after this cursor. The `next` address of a page contains it.",
    )
    limit = serializers.IntegerField(
        default=DEFAULT_PAGE_SIZE,
        min_value=1,
        max_value=MAX_PAGE_SIZE,
        help_text="Number of results per page.",
    )
