"""HTTP requests to user-supplied URLs, guarded against SSRF and DNS rebinding.

A host name is resolved here, all of its addresses must be public, and the connection is made to an
address that was checked: a second lookup may return another address (DNS rebinding). TLS and the
Host header still use the name. Redirects are not followed, proxies of the environment are not used,
and only the status of a response is read, so that nothing can be learned about the responses of
internal servers. (OWASP, "Server-Side Request Forgery Prevention".)
"""

import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore
import httpx

from nexus.core.errors import ConflictError, NexusError

if TYPE_CHECKING:
    import ssl

__all__ = ["AddressRefusedError", "Policy", "UnreachableError", "check_address", "post"]

# IPv4 addresses behind NAT64 (RFC 6052): the embedded address is checked.
TRANSLATED = IPv6Network("64:ff9b::/96")


class AddressRefusedError(ConflictError):
    """Requests are sent only to public addresses, by https and without a user in the URL."""

    code = "address_refused"


class UnreachableError(NexusError):
    """The server at this address does not respond."""

    code = "unreachable"
    status = HTTPStatus.BAD_GATEWAY


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed in addition to public addresses by https."""

    plain_http: bool = False
    loopback: bool = False


def check_address(address: str, *, policy: Policy) -> None:
    """Check a URL without a DNS lookup. Raises `AddressRefusedError`.

    A numeric host in any notation, such as 127.1 or 2130706433, is checked against the policy here;
    a name is checked when it is connected to.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefusedError("Not a valid web address.") from error
    schemes = {"https", "http"} if policy.plain_http else {"https"}
    if parts.scheme not in schemes or not host or port == 0 or "@" in parts.netloc:
        raise AddressRefusedError
    try:
        numeric = _resolve(host, port or 443, flags=socket.AI_NUMERICHOST)
    except OSError:
        return
    _refuse_internal(numeric, policy)


def post(
    address: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    timeout_s: float,
    policy: Policy,
) -> int:
    """Send `body` and return the status of the response, all within `timeout_s`.

    The system's resolver has its own time limit. Raises `AddressRefusedError`, or
    `UnreachableError` if no response arrives.
    """
    check_address(address, policy=policy)
    guard = _Guard(policy, ends_at=time.monotonic() + timeout_s)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_tls(), network_backend=guard) as pool,
            pool.stream("POST", address, headers=list(headers.items()), content=body) as response,
        ):
            return response.status
    except httpcore.TimeoutException as error:
        raise UnreachableError(f"No response within {timeout_s:g} s.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise UnreachableError(f"No response: {error}.") from error


@cache
def _tls() -> "ssl.SSLContext":
    """Return the TLS context of all requests; loading the CA certificates takes about 20 ms."""
    return httpx.create_ssl_context()


def _resolve(host: str, port: int, *, flags: int = 0) -> list[str]:
    """Return the addresses of a host. Raises `OSError`."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:
        raise OSError("not a valid host name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


def _refuse_internal(addresses: Iterable[str], policy: Policy) -> None:
    # One internal address among public ones is refused too: the sender does not choose which one is
    # used.
    for address in addresses:
        ip = _embedded_address(ip_address(address))
        if not (_is_public(ip) or (policy.loopback and ip.is_loopback)):
            raise AddressRefusedError(f"{address} is not a public address.")


def _embedded_address(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address embedded in an IPv6 address, or else the address itself."""
    if isinstance(address, IPv6Address):
        if address in TRANSLATED:
            return IPv4Address(int(address) % 2**32)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    inner = address.is_multicast or address.is_reserved or address.is_unspecified
    if isinstance(address, IPv6Address):
        inner = inner or address.is_site_local or address.teredo is not None
    return address.is_global and not inner


class _Guard(httpcore.NetworkBackend):
    """Connects only to addresses that it has resolved and checked itself."""

    def __init__(self, policy: Policy, *, ends_at: float) -> None:
        self.policy, self.ends_at = policy, ends_at
        self.network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- the deadline of the whole request is used
        local_address: str | None = None,
        socket_options: "Iterable[httpcore.SOCKET_OPTION] | None" = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that accepts a connection."""
        try:
            addresses = _resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        _refuse_internal(addresses, self.policy)
        last_error: Exception = httpcore.ConnectTimeout()
        for index, address in enumerate(addresses):
            # An address that drops all packets must leave time for the others.
            timeout_s = _left_s(self.ends_at, httpcore.ConnectTimeout) / (len(addresses) - index)
            try:
                stream = self.network.connect_tcp(
                    address, port, timeout_s, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last_error = error
                continue
            return _Ending(stream, self.ends_at)
        raise last_error


class _Ending(httpcore.NetworkStream):
    """A stream with a deadline, however slowly the other side sends."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self.stream, self.ends_at = stream, ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 -- as above
        return self.stream.read(max_bytes, _left_s(self.ends_at, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 -- as above
        self.stream.write(buffer, _left_s(self.ends_at, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self.stream.close()

    def start_tls(
        self,
        ssl_context: "ssl.SSLContext",
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 -- as above
    ) -> httpcore.NetworkStream:
        remaining_s = _left_s(self.ends_at, httpcore.ConnectTimeout)
        return _Ending(
            self.stream.start_tls(ssl_context, server_hostname, remaining_s), self.ends_at
        )

    def get_extra_info(self, info: str) -> object:
        return self.stream.get_extra_info(info)


def _left_s(ends_at: float, late: type[Exception]) -> float:
    """Return the remaining seconds. Raises `late` if there are none."""
    remaining_s = ends_at - time.monotonic()
    if remaining_s <= 0:
        raise late
    return remaining_s
