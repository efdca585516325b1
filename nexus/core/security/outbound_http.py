"""Requests to addresses that somebody else has named, which must reach nothing inside.

A name is resolved here, each of its addresses must be public, and those that were looked at are
those that are connected to: a name that is resolved a second time may answer otherwise (DNS
rebinding). TLS and the Host header still speak of the name. No redirect is followed, no proxy of
the environment is used, and of an answer nothing but its status is read, so that nobody learns by
it what an inner server says. (OWASP, "Server-Side Request Forgery Prevention".)
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

# IPv4 behind a translator (RFC 6052): what counts is the address behind it.
TRANSLATED = IPv6Network("64:ff9b::/96")


class AddressRefusedError(ConflictError):
    """Requests are sent to public addresses only, by https and without a user in the address."""

    code = "address_refused"


class UnreachableError(NexusError):
    """Nobody answers at this address."""

    code = "unreachable"
    status = HTTPStatus.BAD_GATEWAY


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed beside public addresses by https."""

    plain_http: bool = False
    loopback: bool = False


def check_address(address: str, *, policy: Policy) -> None:
    """Look at an address without asking anybody. Raises `AddressRefusedError`.

    A host that is a number in any of its spellings, such as 127.1 or 2130706433, is held against
    the policy here; a name only when it is connected to.
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
    _refuse_inner(numeric, policy)


def post(
    address: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    timeout_s: float,
    policy: Policy,
) -> int:
    """Send `body` and give the status of the answer, all within `timeout_s`.

    The resolver of the system has a time limit of its own. Raises `AddressRefusedError`, and
    `UnreachableError` where no answer came.
    """
    check_address(address, policy=policy)
    guard = _Guard(policy, ends_at=time.monotonic() + timeout_s)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_tls(), network_backend=guard) as pool,
            pool.stream("POST", address, headers=list(headers.items()), content=body) as answer,
        ):
            return answer.status
    except httpcore.TimeoutException as error:
        raise UnreachableError(f"No response within {timeout_s:g} s.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise UnreachableError(f"No response: {error}.") from error


@cache
def _tls() -> "ssl.SSLContext":
    """Return the context of every request: to read the authorities takes some 20 ms."""
    return httpx.create_ssl_context()


def _resolve(host: str, port: int, *, flags: int = 0) -> list[str]:
    """Return the addresses of a host. Raises `OSError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:
        raise OSError("this is no name of a host") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _refuse_inner(addresses: Iterable[str], policy: Policy) -> None:
    # One inner address among public ones is as bad: which is taken is not the sender's to say.
    for one in addresses:
        found = _meant(ip_address(one))
        if not (_is_public(found) or (policy.loopback and found.is_loopback)):
            raise AddressRefusedError(f"{one} is not a public address.")


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, or else the address itself."""
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
    """Connects to addresses that it has looked at itself, and to nothing else."""

    def __init__(self, policy: Policy, *, ends_at: float) -> None:
        self.policy, self.ends_at = policy, ends_at
        self.network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- the end of the whole request counts
        local_address: str | None = None,
        socket_options: "Iterable[httpcore.SOCKET_OPTION] | None" = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers."""
        try:
            addresses = _resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        _refuse_inner(addresses, self.policy)
        failed: Exception = httpcore.ConnectTimeout()
        for tried, one in enumerate(addresses):
            # An address that swallows everything leaves some time for the others.
            patience = _left_s(self.ends_at, httpcore.ConnectTimeout) / (len(addresses) - tried)
            try:
                stream = self.network.connect_tcp(
                    one, port, patience, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                continue
            return _Ending(stream, self.ends_at)
        raise failed


class _Ending(httpcore.NetworkStream):
    """A stream that ends at a moment, however slowly its other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self.stream, self.ends_at = stream, ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 -- as above
        """Read what has come."""
        return self.stream.read(max_bytes, _left_s(self.ends_at, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 -- as above
        """Send all of `buffer`."""
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
        """Go on by TLS."""
        left = _left_s(self.ends_at, httpcore.ConnectTimeout)
        return _Ending(self.stream.start_tls(ssl_context, server_hostname, left), self.ends_at)

    def get_extra_info(self, info: str) -> object:
        """Report what the connection knows."""
        return self.stream.get_extra_info(info)


def _left_s(ends_at: float, late: type[Exception]) -> float:
    """Return how many seconds are left. Raises `late` where none is."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise late
    return left
