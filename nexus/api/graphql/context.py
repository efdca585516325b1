"""What every resolver of one request shares."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from strawberry.types import Info as StrawberryInfo

from nexus.api.authentication import authenticate_request
from nexus.api.errors import NotAuthenticatedError
from nexus.apps.labs.standings import Standings

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["Context", "Info"]


@dataclass
class Context:
    """The request, who asks, and what is known of every claim, read once."""

    request: HttpRequest
    response: HttpResponse

    @cached_property
    def user(self) -> "User | AnonymousUser":
        """Who asks. Raises DRF's `PermissionDenied` for a session without its CSRF token."""
        return authenticate_request(self.request)

    @cached_property
    def standings(self) -> Standings:
        """How every claim stands."""
        return Standings()

    def require_user(self) -> "User":
        """Give the user of a write. Raises `NotAuthenticatedError` for a stranger."""
        if isinstance(self.user, AnonymousUser):
            raise NotAuthenticatedError
        return self.user


Info = StrawberryInfo[Context, None]
