"""Public URLs of this service, and the check of return URLs."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

__all__ = ["public_url", "safe_return_url"]


def public_url(request: HttpRequest, path: str) -> str:
    """Return the absolute URL of a path, with `PUBLIC_URL` if it is set."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    return request.build_absolute_uri(path)


def safe_return_url(request: HttpRequest, address: str) -> str:
    """Return `address` if it belongs to this service, otherwise "": no open redirects."""
    own = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if own else ""
