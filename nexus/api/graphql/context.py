"""The context that all resolvers of a request share."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from strawberry.types import Info as StrawberryInfo

from nexus.api.authentication import authenticate_request
from nexus.api.errors import NotAuthenticatedError
from nexus.apps.labs.claim_status import Standings

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["Context", "Info"]


@dataclass
class Context:
    """The request, its user, and the state of every claim, read once."""

    request: HttpRequest
    response: HttpResponse

    @cached_property
    def user(self) -> "User | AnonymousUser":
        """The current user. Raises DRF's `PermissionDenied` for a session without a CSRF token."""
        return authenticate_request(self.request)

    @cached_property
    def standings(self) -> Standings:
        """The state of every claim."""
        return Standings()

    def require_user(self) -> "User":
        """Return the signed-in user. Raises `NotAuthenticatedError` for an anonymous one."""
        if isinstance(self.user, AnonymousUser):
            raise NotAuthenticatedError
        return self.user


Info = StrawberryInfo[Context, None]
