"""What every resolver of one request shares."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from strawberry.types import Info

from nexus.api.authentication import identify
from nexus.api.errors import NotAuthenticatedError
from nexus.apps.labs.claim_status import Standings

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["Asked", "Context"]


@dataclass
class Context:
    """The request, who asks, and what is known of every claim, read once."""

    request: HttpRequest
    response: HttpResponse

    @cached_property
    def user(self) -> "User | AnonymousUser":
        """Who asks. Raises DRF's `PermissionDenied` for a session without its CSRF token."""
        return identify(self.request)

    @cached_property
    def standings(self) -> Standings:
        """How every claim stands."""
        return Standings()

    def signed_in(self) -> "User":
        """Give the user of a write. Raises `NotAuthenticatedError` for a stranger."""
        if isinstance(self.user, AnonymousUser):
            raise NotAuthenticatedError
        return self.user


Asked = Info[Context, None]
