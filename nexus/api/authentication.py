"""Authentication: the same user for REST and GraphQL."""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from nexus.apps.users.queries import get_user_of_access_token

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest

    from nexus.apps.users.models import User

__all__ = ["Bearer", "Session", "authenticate_request", "current_user", "get_bearer_user"]

SCHEME = "Bearer"


class Bearer(BaseAuthentication):
    """An access token in the Authorization header (RFC 6750).

    Browsers do not send it by themselves, so a write with it needs no CSRF token.
    """

    def authenticate(self, request: Request) -> "tuple[User, None] | None":
        """Return the token's user, or None without a token. Raises `AccessTokenError`."""
        user = get_bearer_user(request._request)  # noqa: SLF001 -- DRF gives no other way
        return None if user is None else (user, None)

    def authenticate_header(self, _request: Request) -> str:
        """Return the challenge, so that an anonymous client gets 401 rather than 403."""
        return f'{SCHEME} realm="nexus"'


class Session(SessionAuthentication):
    """The session of the pages; a signed-in browser must send its CSRF token with every write."""


def get_bearer_user(request: "HttpRequest") -> "User | None":
    """Return the user of a request's access token, looked up once, or None without a token.

    Raises `AccessTokenError`: an invalid token is never treated as a missing one.
    """
    if not hasattr(request, "bearer"):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        is_bearer = scheme.lower() == SCHEME.lower()
        request.bearer = get_user_of_access_token(token.strip()) if is_bearer else None  # type: ignore[attr-defined]
    user: User | None = request.bearer  # type: ignore[attr-defined]
    return user


def authenticate_request(request: "HttpRequest") -> "User | AnonymousUser":
    """Return the user of a request outside REST framework.

    Raises `AccessTokenError` and DRF's `APIException`s.
    """
    drf_request: Any = Request(request, authenticators=[Bearer(), Session()])
    user: User | AnonymousUser = drf_request.user
    return user


def current_user(request: Request) -> "User":
    """Return the signed-in user of a view whose permission has refused anonymous ones."""
    return cast("User", request.user)


# The library's classes are not typed.
class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The OpenAPI description of the access token."""

    target_class = Bearer
    name = "bearer"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """Return the security scheme of the header."""
        return {
            "type": "http",
            "scheme": SCHEME.lower(),
            "bearerFormat": "JWT",
            "description": "The access token returned by `POST /api/v1/accounts/log-in/`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The OpenAPI description of the session."""

    target_class = Session
    name = "session"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        """Return the security scheme of the cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session cookie of a signed-in browser. Writes also need the "
            "X-CSRFToken header.",
        }
