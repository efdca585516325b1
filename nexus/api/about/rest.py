"""The API about itself: its entry point, schema and problem codes."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.problems import NO_SUCH_ADDRESS, problem_response
from nexus.api.rest.operations import read_operation
from nexus.api.rest.resource import Resource
from nexus.core.errors import NexusError, NotFoundError

__all__ = [
    "ProblemDetail",
    "ProblemKindSerializer",
    "ProblemList",
    "Root",
    "RootSerializer",
    "Schema",
    "docs",
    "not_found",
]

ABOUT = ["about"]

# Swagger UI writes style attributes; its script and its images come from this server.
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)


class RootSerializer(serializers.Serializer[Any]):
    """The addresses of the API."""

    pages = serializers.CharField()
    search = serializers.CharField()
    claims = serializers.CharField()
    labs = serializers.CharField()
    runs = serializers.CharField()
    problems = serializers.CharField()
    schema = serializers.CharField()
    docs = serializers.CharField()
    graphql = serializers.CharField()


class Root(Resource):
    """The entry point."""

    serializer_class = RootSerializer

    @read_operation("List the entry points", RootSerializer, tags=ABOUT)
    def get(self, _request: Request) -> Response:
        """Return the addresses of all resources."""
        return Response({name: reverse(f"api:{name}") for name in RootSerializer().fields})


class ProblemKindSerializer(serializers.Serializer[Any]):
    """A kind of problem."""

    code = serializers.CharField()
    status = serializers.IntegerField()
    meaning = serializers.CharField()


def list_problem_kinds() -> dict[str, dict[str, Any]]:
    """Return all kinds of errors, sorted by code."""
    kinds = {
        kind.code: {
            "code": kind.code,
            "status": int(kind.status),
            "meaning": kind.default_message(),
        }
        for kind in _kinds(NexusError)
    }
    return dict(sorted(kinds.items()))


def _kinds(kind: type[NexusError]) -> Iterator[type[NexusError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


class ProblemList(Resource):
    """The kinds of problems."""

    serializer_class = ProblemKindSerializer

    @read_operation("List problem codes", ProblemKindSerializer(many=True), tags=ABOUT)
    def get(self, _request: Request) -> Response:
        """Return all codes with their status and meaning."""
        return Response(list(list_problem_kinds().values()))


class ProblemDetail(Resource):
    """One kind of problem."""

    serializer_class = ProblemKindSerializer

    @read_operation("Get a problem code", ProblemKindSerializer, NotFoundError, tags=ABOUT)
    def get(self, _request: Request, code: str) -> Response:
        """Return the meaning of a code. The `type` of a problem is this address."""
        kinds = list_problem_kinds()
        if code not in kinds:
            raise NotFoundError("No such problem. See /api/v1/problems/ for all problems.")
        return Response(kinds[code])


@extend_schema(exclude=True)
class Schema(SpectacularAPIView):
    """The OpenAPI document."""


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Return Swagger UI, where every operation can be tried."""
    context = {"csrf_token_text": get_token(request)}
    response = render(request, "nexus_api/docs.html", context)
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    return response


@csrf_exempt
def not_found(_request: HttpRequest, **_arguments: Any) -> HttpResponse:
    """Respond to an address that does not exist."""
    return problem_response(NotFoundError(NO_SUCH_ADDRESS))
