"""Who asks: the same answer for REST and GraphQL."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from nexus.apps.users.queries import get_user_of_access_token

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest

    from nexus.apps.users.models import User

__all__ = ["Bearer", "Session", "authenticate_request", "get_bearer_user"]

SCHEME = "Bearer"


class Bearer(BaseAuthentication):
    """An access token in the header Authorization (RFC 6750).

    No browser sends it by itself, so a write with it needs no CSRF token.
    """

    def authenticate(self, request: Request) -> "tuple[User, None] | None":
        """Give the token's user, or nothing without one. Raises `AccessTokenError`."""
        user = get_bearer_user(request._request)  # noqa: SLF001 -- DRF gives no other way
        return None if user is None else (user, None)

    def authenticate_header(self, _request: Request) -> str:
        """Name the scheme, so that a stranger gets 401 with a challenge rather than 403."""
        return f'{SCHEME} realm="nexus"'


class Session(SessionAuthentication):
    """The session of the pages; a signed-in browser must send its CSRF token with every write."""


def get_bearer_user(request: "HttpRequest") -> "User | None":
    """Give the user of a request's access token, looked up once; nothing where it has none.

    Raises `AccessTokenError`: a token that is wrong is never taken for none.
    """
    if not hasattr(request, "bearer"):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = scheme.lower() == SCHEME.lower()
        request.bearer = get_user_of_access_token(token.strip()) if given else None  # type: ignore[attr-defined]
    found: User | None = request.bearer  # type: ignore[attr-defined]
    return found


def authenticate_request(request: "HttpRequest") -> "User | AnonymousUser":
    """Give the user of a request outside REST framework.

    Raises `AccessTokenError` and DRF's `APIException`s.
    """
    asked: Any = Request(request, authenticators=[Bearer(), Session()])
    user: User | AnonymousUser = asked.user
    return user


# The library's classes are not typed.
class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the access token is described in the OpenAPI document."""

    target_class = Bearer
    name = "bearer"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """Name the header's scheme."""
        return {
            "type": "http",
            "scheme": SCHEME.lower(),
            "bearerFormat": "JWT",
            "description": "The access token of `POST /api/v1/accounts/log-in/`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the session is described in the OpenAPI document."""

    target_class = Session
    name = "session"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """Name the cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The cookie of a signed-in browser. Every write also needs the header "
            "X-CSRFToken.",
        }
