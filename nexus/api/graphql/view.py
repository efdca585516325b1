"""The view of GraphQL: queries from programs, GraphiQL for people."""

from typing import Any

from cross_web import HTTPException
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from strawberry.django.views import GraphQLView

from nexus.api.authentication import get_bearer_user
from nexus.api.graphql.context import Context
from nexus.api.problems import problem_response, to_nexus_error
from nexus.api.throttling import add_headers, consume

__all__ = ["View"]

# GraphiQL's editor writes style elements and includes its fonts and images.
IDE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)


class View(GraphQLView):
    """Strawberry's view with our context, our errors and our own copy of GraphiQL."""

    def get_context(self, request: HttpRequest, response: HttpResponse) -> Any:
        """Return the context of all resolvers."""
        return Context(request, response)

    def dispatch(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> Any:
        """Respond, even to a request that cannot be parsed."""
        response = self._answer(request)
        add_headers(request, response)
        return response

    def _answer(self, request: HttpRequest) -> Any:
        try:
            consume(request, get_bearer_user(request) or request.user)
            return self.run(request=request)
        except HTTPException as error:
            return error_response("invalid_query", error.status_code, error.reason)
        except Exception as error:
            nexus_error = to_nexus_error(error)
            if nexus_error is None:
                raise
            return problem_response(nexus_error)

    def render_graphql_ide(self, request: HttpRequest) -> HttpResponse:
        context = {"csrf_token_text": get_token(request)}
        response = render(request, "nexus_api/graphiql.html", context)
        response.headers["Content-Security-Policy"] = IDE_POLICY
        return response


def error_response(code: str, status: int, reason: str) -> JsonResponse:
    """Return an error in GraphQL's format for a request that is not a query."""
    extensions = {"code": code, "status": status}
    errors = [{"message": reason, "extensions": extensions}]
    return JsonResponse({"data": None, "errors": errors}, status=status)
