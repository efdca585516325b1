"""The API about itself: where to begin, its schema, and what its problems mean."""

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

# Swagger UI writes style attributes; its script and its pictures come from this server.
DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)


class RootSerializer(serializers.Serializer[Any]):
    """Where to begin."""

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
    """The beginning."""

    serializer_class = RootSerializer

    @read_operation("Find the way", RootSerializer, tags=ABOUT)
    def get(self, _request: Request) -> Response:
        """Give the addresses of everything else."""
        return Response({name: reverse(f"api:{name}") for name in RootSerializer().fields})


class ProblemKindSerializer(serializers.Serializer[Any]):
    """A kind of problem."""

    code = serializers.CharField()
    status = serializers.IntegerField()
    meaning = serializers.CharField()


def list_problem_kinds() -> dict[str, dict[str, Any]]:
    """Give every kind of error by its code, in alphabetical order."""
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
    """The problems that there can be."""

    serializer_class = ProblemKindSerializer

    @read_operation("List the kinds of problems", ProblemKindSerializer(many=True), tags=ABOUT)
    def get(self, _request: Request) -> Response:
        """Give every code with its status and its meaning."""
        return Response(list(list_problem_kinds().values()))


class ProblemDetail(Resource):
    """One kind of problem."""

    serializer_class = ProblemKindSerializer

    @read_operation("Read what a problem means", ProblemKindSerializer, NotFoundError, tags=ABOUT)
    def get(self, _request: Request, code: str) -> Response:
        """Give what a code means: the `type` of a problem leads here."""
        kinds = list_problem_kinds()
        if code not in kinds:
            raise NotFoundError(
                "There is no such problem: /api/v1/problems/ lists those there are."
            )
        return Response(kinds[code])


@extend_schema(exclude=True)
class Schema(SpectacularAPIView):
    """The OpenAPI document of all this."""


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the schema in Swagger UI, where every operation can be tried."""
    context = {"csrf_token_text": get_token(request)}
    response = render(request, "nexus_api/docs.html", context)
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    return response


@csrf_exempt
def not_found(_request: HttpRequest, **_arguments: Any) -> HttpResponse:
    """Answer for an address that there is not."""
    return problem_response(NotFoundError(NO_SUCH_ADDRESS))
