"""User-supplied URLs cannot reach internal servers."""

import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from nexus.core.security import outbound_http
from nexus.core.security.outbound_http import (
    AddressRefusedError,
    Policy,
    UnreachableError,
    check_address,
)
from tests.support.certificates import make_certificate
from tests.support.http import Receiver, receiving

STRICT, PLAIN = Policy(), Policy(plain_http=True)
HERE = Policy(plain_http=True, loopback=True)
INNER = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0", "0.0.0.0"),  # noqa: S104 -- refused
    *("169.254.169.254", "10.0.0.1", "10.255.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "[::1]", "[::]", "[fe80::1]"),
    *("[fc00::1]", "[fec0::1]", "[ff02::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]"),
    *("[64:ff9b::a00:1]", "[2002:a00:1::1]", "[2001:0:a00:1::1]", "[::10.0.0.1]"),
)
PUBLIC = ("1.1.1.1", "[2606:4700:4700::1111]", "[::ffff:1.1.1.1]", "[64:ff9b::101:101]")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def post(address: str, policy: Policy = HERE, timeout_s: float = 10) -> int:
    return outbound_http.post(address, b"{}", headers={}, timeout_s=timeout_s, policy=policy)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let hook.example resolve to other addresses each time; yields the names looked up."""
    asked: list[str] = []
    waiting = list(answers)
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host != "hook.example":
            return real(host, port, *rest, **options)
        if options.get("flags") == socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "a name")
        asked.append(host)
        kind = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(socket.AF_INET, *kind, (one, port)) for one in waiting.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("host", INNER)
def test_a_number_of_an_inner_host_is_refused_in_any_spelling(host: str) -> None:
    with pytest.raises(AddressRefusedError, match="is not a public address"):
        check_address(f"https://{host}/hook", policy=STRICT)
    with pytest.raises(AddressRefusedError):
        post(f"http://{host}:9/hook", PLAIN)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_number_is_taken(host: str) -> None:
    check_address(f"https://{host}/hook", policy=STRICT)


@pytest.mark.parametrize("host", INNER)
def test_loopback_is_allowed_where_the_policy_says_so_and_nothing_else(host: str) -> None:
    loopback = {*INNER[:5], "[::1]", "[::ffff:127.0.0.1]"}
    try:
        check_address(f"https://{host}/hook", policy=Policy(loopback=True))
    except AddressRefusedError:
        assert host not in loopback
    else:
        assert host in loopback


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/hook",
        "ftp://example.org/hook",
        "file:///etc/passwd",
        "https:///hook",
        "https://user:password@example.org/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://[::1/",
        "",
    ],
)
def test_url_that_is_not_https_is_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_address(address, policy=STRICT)


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["127.0.0.1"], ["1.1.1.1", "169.254.169.254"]])
def test_a_name_with_an_inner_address_is_not_connected_to(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, addresses)
    check_address("http://hook.example/", policy=PLAIN)

    with pytest.raises(AddressRefusedError, match=f"{addresses[-1]} is not a public address"):
        post("http://hook.example/", PLAIN)


def test_localhost_is_no_way_in(receiver: Receiver) -> None:
    with pytest.raises(AddressRefusedError):
        post(f"http://localhost:{receiver.port}/", PLAIN)
    assert receiver.sent == []


def test_the_address_that_was_looked_at_is_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])

    assert post(f"http://hook.example:{receiver.port}/") == 204
    assert asked == ["hook.example"]
    assert receiver.sent[0].headers["host"] == f"hook.example:{receiver.port}"


def test_an_address_that_refuses_is_followed_by_the_next(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The receiver listens on IPv4 only.
    resolving(monkeypatch, ["::1", "127.0.0.1"])

    assert post(f"http://hook.example:{receiver.port}/") == 204


def test_a_name_without_an_address_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_asked: Any, **_options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "nobody")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(UnreachableError, match=r"hook\.example cannot be resolved"):
        post("http://hook.example/")


def test_a_port_on_which_nobody_listens_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError, match="No response"):
            post(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_a_redirect_is_told_and_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"location": receiver.address("/inside")}

    assert post(receiver.address()) == 302
    assert [sent.path for sent in receiver.sent] == ["/hook"]


def test_the_body_of_an_answer_is_not_read(receiver: Receiver) -> None:
    closed = threading.Event()

    def pour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            closed.set()

    receiver.behave = pour
    assert post(receiver.address()) == 200
    assert closed.wait(30)


def test_an_answer_that_drips_is_given_up(receiver: Receiver) -> None:
    ended = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        try:
            while not ended.wait(0.02):
                handler.wfile.write(b"H")
        except OSError:
            ended.set()

    receiver.behave = drip
    with pytest.raises(UnreachableError, match=r"within 0\.3 s"):
        post(receiver.address(), timeout_s=0.3)
    assert ended.wait(30)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a certificate for hook.example, and the authority that signed it."""
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder, "hook.example")
    return folder


def test_over_tls_the_name_is_held_against_the_certificate(
    authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "server.pem")
    named: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: named.append(name)
    trusting = ssl.create_default_context(cafile=authority / "authority.pem")
    monkeypatch.setattr(outbound_http, "_tls", lambda: trusting)
    resolving(monkeypatch, ["127.0.0.1"])
    policy = Policy(loopback=True)
    with receiving(tls) as receiver:
        assert post(f"https://hook.example:{receiver.port}/hook", policy) == 204
        # The same server under another name, and the right one without its authority.
        with pytest.raises(UnreachableError, match="certificate"):
            post(f"https://127.0.0.1:{receiver.port}/hook", policy)
        resolving(monkeypatch, ["127.0.0.1"])
        monkeypatch.setattr(outbound_http, "_tls", ssl.create_default_context)
        with pytest.raises(UnreachableError, match="certificate"):
            post(f"https://hook.example:{receiver.port}/hook", policy)

    assert named == ["hook.example", None, "hook.example"]
    assert [sent.headers["host"] for sent in receiver.sent] == [f"hook.example:{receiver.port}"]
