"""Whom a request comes from, as it is counted."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

__all__ = ["client_address"]

HOUSE_BITS = 64


def client_address(request: HttpRequest) -> str:
    """Return the address that a request comes from, of IPv6 the network of one house.

    Every proxy of ours adds the address it saw to `X-Forwarded-For`, so with `TRUSTED_PROXIES` of
    them that many entries from the right are true, and what stands before them anyone can write.
    Whoever has an IPv6 address has 2**64 of them: a limit for each would be none.
    """
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    hops = settings.TRUSTED_PROXIES
    if hops and len(seen) >= hops and seen[-hops]:
        return _counted(seen[-hops])
    return _counted(str(request.META.get("REMOTE_ADDR", "")))


def _counted(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found) >> HOUSE_BITS << HOUSE_BITS, HOUSE_BITS)))
