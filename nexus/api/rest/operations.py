"""How an operation is described in OpenAPI: its responses, parameters and problems."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from nexus.api import errors
from nexus.api.inputs import Parameters
from nexus.api.problems import CONTENT_TYPE, problem_details
from nexus.apps.users.errors import AccessTokenError, AccessTokenExpiredError
from nexus.core.errors import NexusError, NotAllowedError, UnavailableError

__all__ = ["LOCATION", "ProblemSerializer", "read_operation", "write_operation"]

F = TypeVar("F", bound=Callable[..., Any])

COMMON_ERRORS = (
    errors.InvalidInputError,
    AccessTokenError,
    AccessTokenExpiredError,
    errors.NotAcceptableError,
    errors.ThrottledError,
    UnavailableError,
)
WRITE_ERRORS = (
    errors.UnreadableError,
    errors.NotAuthenticatedError,
    NotAllowedError,
    errors.TooLargeError,
    errors.MediaTypeError,
)

RATE_LIMIT = OpenApiParameter(
    "RateLimit",
    str,
    OpenApiParameter.HEADER,
    description="Requests remaining (`r`) and seconds until the quota resets (`t`).",
    response=True,
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    description="Seconds to wait before the next request.",
    response=[429],
)
LOCATION = OpenApiParameter(
    "Location",
    str,
    OpenApiParameter.HEADER,
    description="The address of the created resource.",
    response=[201],
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of an earlier response. If it is still current, the response is "
    "304 without a body.",
)
NOT_MODIFIED = OpenApiResponse(description="Not modified since the response with this ETag.")


class FaultSerializer(serializers.Serializer[Any]):
    """One fault and its place."""

    detail = serializers.CharField()
    pointer = serializers.CharField(required=False, help_text="A JSON pointer into the body.")
    parameter = serializers.CharField(required=False, help_text="The name of a query parameter.")


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong and what to do (RFC 9457)."""

    type = serializers.CharField(help_text="The address that explains the code.")
    title = serializers.CharField(help_text="The status as a phrase.")
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="For programs. The same in GraphQL.")
    detail = serializers.CharField(help_text="For people: what happened and what to do.")
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]
    retry_after_s = serializers.IntegerField(
        required=False, help_text="Seconds to wait before the next request, for `throttled`."
    )
    ticket = serializers.CharField(
        required=False,
        help_text="The ticket that completes the log-in, for `second_factor_required`.",
    )


def read_operation(
    summary: str,
    answer: Any,
    *raised: type[NexusError],
    parameters: type[Parameters] | None = None,
    headers: Iterable[OpenApiParameter] = (),
    media_type: str = "application/json",
    **described: Any,
) -> Callable[[F], F]:
    """Describe a GET operation that returns `answer` and may raise `raised`."""
    return extend_schema(
        summary=summary,
        parameters=[
            *([parameters] if parameters else []),
            IF_NONE_MATCH,
            RATE_LIMIT,
            RETRY_AFTER,
            *headers,
        ],
        responses={
            (200, media_type): answer,
            304: NOT_MODIFIED,
            **_problems([*COMMON_ERRORS, *raised]),
        },
        **described,
    )


def write_operation(
    summary: str,
    answers: dict[int, Any],
    *raised: type[NexusError],
    headers: Iterable[OpenApiParameter] = (),
    **described: Any,
) -> Callable[[F], F]:
    """Describe a write operation for signed-in users."""
    return extend_schema(
        summary=summary,
        parameters=[RATE_LIMIT, RETRY_AFTER, *headers],
        responses={**answers, **_problems([*COMMON_ERRORS, *WRITE_ERRORS, *raised])},
        **described,
    )


def _problems(raised: Iterable[type[NexusError]]) -> dict[Any, OpenApiResponse]:
    by_status: dict[int, list[type[NexusError]]] = defaultdict(list)
    for error in dict.fromkeys(raised):
        by_status[int(error.status)].append(error)
    return {
        (status, CONTENT_TYPE): OpenApiResponse(
            ProblemSerializer,
            description=" ".join(f"`{error.code}`: {error.default_message()}" for error in kinds),
            examples=[_example(error) for error in kinds],
        )
        for status, kinds in sorted(by_status.items())
    }


def _example(error: type[NexusError]) -> OpenApiExample:
    if issubclass(error, errors.InvalidInputError):
        fault = errors.InputFault("A valid integer is required.", parameter="limit")
        return OpenApiExample(error.code, value=problem_details(error([fault])))
    return OpenApiExample(error.code, value=problem_details(error()))
