"""The client address of a request, as used for rate limits."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

__all__ = ["client_address"]

NETWORK_BITS = 64


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address, or the /64 network of an IPv6 address.

    Each trusted proxy appends the address it saw to `X-Forwarded-For`, so with `TRUSTED_PROXIES` of
    them that many entries from the right are reliable; clients can forge the ones before them. A
    client with one IPv6 address usually has 2**64 of them, so a limit per address would not limit
    anything.
    """
    addresses = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    hops = settings.TRUSTED_PROXIES
    if hops and len(addresses) >= hops and addresses[-hops]:
        return _normalise(addresses[-hops])
    return _normalise(str(request.META.get("REMOTE_ADDR", "")))


def _normalise(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(IPv6Network((int(ip) >> NETWORK_BITS << NETWORK_BITS, NETWORK_BITS)))
