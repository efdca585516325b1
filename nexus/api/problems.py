"""Errors for programs: problem details (RFC 9457) in REST, extensions in GraphQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from django.core import signals
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from nexus.api import errors
from nexus.apps.users.errors import SecondFactorRequiredError
from nexus.core.errors import (
    NexusError,
    NotAllowedError,
    NotFoundError,
    ThrottledError,
    UnavailableError,
)
from nexus.core.observability.request_context import route_of

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = [
    "CONTENT_TYPE",
    "NO_SUCH_ADDRESS",
    "exception_handler",
    "problem_details",
    "problem_response",
    "to_nexus_error",
]

CONTENT_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="nexus"'
"""The challenge for anonymous clients (RFC 6750); an error may have one of its own."""
# The names of RFC 9110, which Python knows since 3.13.
TITLES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large",
    HTTPStatus.REQUEST_URI_TOO_LONG: "URI Too Long",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "Range Not Satisfiable",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content",
}
NO_SUCH_ADDRESS = "No such address. See /api/v1/docs/ for the available ones."
UNSTORABLE_VALUE = "A value cannot be stored, such as text with a NUL character."

log = structlog.get_logger()


def _database_unavailable(error: Exception) -> NexusError:
    log.warning("database_unavailable", error=error)
    return UnavailableError("The database cannot be reached. Try again in a few seconds.")


# Exceptions and the errors they become, subclasses first.
TRANSLATIONS: Sequence[tuple[tuple[type[Exception], ...], Callable[[Any], NexusError]]] = (
    ((NexusError,), lambda error: error),
    (
        (exceptions.ValidationError,),
        lambda error: errors.InvalidInputError(tuple(_faults(error.detail))),
    ),
    ((Http404, exceptions.NotFound), lambda _: NotFoundError(NO_SUCH_ADDRESS)),
    (
        (PermissionDenied, exceptions.PermissionDenied),
        lambda error: NotAllowedError(str(getattr(error, "detail", ""))),
    ),
    ((DataError,), lambda _: errors.InvalidInputError([errors.InputFault(UNSTORABLE_VALUE)])),
    ((OperationalError, InterfaceError), _database_unavailable),
    (
        (exceptions.NotAuthenticated, exceptions.AuthenticationFailed),
        lambda _: errors.NotAuthenticatedError(),
    ),
    ((exceptions.UnsupportedMediaType,), lambda _: errors.MediaTypeError()),
    ((exceptions.MethodNotAllowed,), lambda _: errors.MethodError()),
    ((exceptions.NotAcceptable,), lambda _: errors.NotAcceptableError()),
    ((RequestDataTooBig,), lambda _: errors.TooLargeError()),
    ((exceptions.ParseError, SuspiciousOperation), lambda _: errors.UnreadableError()),
)


def to_nexus_error(error: Exception) -> NexusError | None:
    """Return the error for programs that an exception stands for, or None for an unexpected one."""
    matches = (translate for kinds, translate in TRANSLATIONS if isinstance(error, kinds))
    translate = next(matches, None)
    return translate(error) if translate else None


def problem_details(error: NexusError) -> dict[str, Any]:
    """Return an error as problem details; `type` is the address that explains its code."""
    details: dict[str, Any] = {
        "type": f"/api/v1/problems/{error.code}/",
        "title": TITLES.get(error.status) or HTTPStatus(error.status).phrase,
        "status": int(error.status),
        "code": error.code,
        "detail": error.message,
    }
    if isinstance(error, errors.InvalidInputError):
        details["errors"] = [
            {"detail": fault.detail}
            | ({"pointer": fault.pointer} if fault.pointer is not None else {})
            | ({"parameter": fault.parameter} if fault.parameter is not None else {})
            for fault in error.faults
        ]
    if isinstance(error, ThrottledError):
        details["retry_after_s"] = error.retry_after_s
    if isinstance(error, SecondFactorRequiredError):
        details["ticket"] = error.ticket
    return details


def problem_response(error: NexusError) -> JsonResponse:
    """Return the response for an error."""
    response = JsonResponse(problem_details(error), status=error.status, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = getattr(error, "challenge", CHALLENGE)
    if isinstance(error, ThrottledError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def exception_handler(error: Exception, context: Mapping[str, Any]) -> JsonResponse:
    """Respond to an exception in a REST view; an unexpected one is logged and reported as such."""
    set_rollback()
    nexus_error = to_nexus_error(error)
    if nexus_error is None:
        request: HttpRequest = context["request"]._request  # noqa: SLF001 -- DRF gives no other way
        log.error("request_failed", route=route_of(request), exc_info=error)
        signals.got_request_exception.send(sender=type(context["view"]), request=request)
        nexus_error = NexusError("Internal server error. It has been logged.")
    response = problem_response(nexus_error)
    if isinstance(error, exceptions.MethodNotAllowed):
        response.headers["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _faults(detail: Any, path: tuple[str, ...] = ()) -> Iterator[errors.InputFault]:
    """Walk DRF's error details: dicts by field, lists by index or of messages."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            # A fault in an object as a whole has the place of the object.
            step = () if name == "non_field_errors" else (str(name),)
            yield from _faults(inner, path + step)
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for number, inner in enumerate(detail):
            step = () if isinstance(inner, str) else (str(number),)
            yield from _faults(inner, path + step)
    else:
        yield errors.InputFault(str(detail), pointer=_pointer(path))


def _pointer(path: Sequence[str]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
