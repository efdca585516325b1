"""The address of GraphQL: queries from programs, GraphiQL for people."""

from typing import Any

from cross_web import HTTPException
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from strawberry.django.views import GraphQLView

from nexus.api.authentication import get_bearer
from nexus.api.graphql.context import Context
from nexus.api.problems import nexus_error, respond
from nexus.api.throttling import spend, tell

__all__ = ["View"]

# GraphiQL's editor writes style elements and brings its fonts and pictures along.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)


class View(GraphQLView):
    """Strawberry's view with our context, our errors and our own copy of GraphiQL."""

    def get_context(self, request: HttpRequest, response: HttpResponse) -> Any:
        """Give what all resolvers share."""
        return Context(request, response)

    def dispatch(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> Any:
        """Answer, also where the request itself cannot be read."""
        response = self._answer(request)
        tell(request, response)
        return response

    def _answer(self, request: HttpRequest) -> Any:
        try:
            spend(request, get_bearer(request) or request.user)
            return self.run(request=request)
        except HTTPException as error:
            return failed("invalid_query", error.status_code, error.reason)
        except Exception as error:
            known = nexus_error(error)
            if known is None:
                raise
            return respond(known)

    def render_graphql_ide(self, request: HttpRequest) -> HttpResponse:
        """Show GraphiQL."""
        context = {"csrf_token_text": get_token(request)}
        response = render(request, "nexus_api/graphiql.html", context)
        response.headers["Content-Security-Policy"] = POLICY
        return response


def failed(code: str, status: int, reason: str) -> JsonResponse:
    """Give an answer in GraphQL's form to a request that is no query."""
    extensions = {"code": code, "status": status}
    errors = [{"message": reason, "extensions": extensions}]
    return JsonResponse({"data": None, "errors": errors}, status=status)
