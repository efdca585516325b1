"""Addresses of this service as the world knows it, and addresses of others that came in."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

__all__ = ["public_url", "safe_return_url"]


def public_url(request: HttpRequest, path: str) -> str:
    """Return the whole address of a path here, by the name that people use where it is known."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
    return request.build_absolute_uri(path)


def safe_return_url(request: HttpRequest, address: str) -> str:
    """Return `address` where it is one of this service, else nothing: nobody is sent elsewhere."""
    own = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if own else ""
