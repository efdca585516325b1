"""The load balancer's configuration, tested with servers that return what they received."""

import http.client
import json
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.urls import reverse

from deploy.release.balancer import Balancer
from tests.deploy.balancers import CONFIGURATION, Running, balancing, environment
from tests.support.waiting import until

pytestmark = pytest.mark.balancer


class Server(ThreadingHTTPServer):
    """Two of these are behind the balancer; `silent` is the port that closes connections.

    `checked` are the URLs of the health checks that they received.
    """

    silent = 0
    checked: ClassVar[set[str]] = set()

    def handle_error(self, *_arguments: object) -> None:
        """Ignore the error: clients that disconnect are part of the test."""


class Echo(BaseHTTPRequestHandler):
    """Responds with the headers of the request; closes the connection at `/silent`."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        assert isinstance(self.server, Server)
        if self.path.startswith("/readyz"):
            self.server.checked.add(self.path)
        if self.path == "/silent" and self.server.server_port == self.server.silent:
            self.close_connection = True
            return
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"port": self.server.server_port, **dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 -- as the library calls it

    def log_message(self, *_arguments: object) -> None:
        """Stay quiet."""


@contextmanager
def echoing(port: int, *, silent: int) -> Iterator[None]:
    server = Server(("127.0.0.1", port), Echo)
    server.silent = silent
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def balancer() -> Iterator[Running]:
    """Two servers; the blue one closes the connection on `/silent`."""
    with (
        tempfile.TemporaryDirectory(prefix="nexus-balancer-") as folder,
        balancing(Path(folder)) as running,
        echoing(running.ports["blue"], silent=running.ports["blue"]),
        echoing(running.ports["green"], silent=running.ports["blue"]),
    ):
        standings = Balancer(running.socket).standings
        assert until(lambda: all(each.healthy for each in standings().values()), patience_s=10)
        yield running


def ask(
    running: Running,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, dict[str, Any]]:
    context = ssl.create_default_context(cafile=running.certificate)
    connection = http.client.HTTPSConnection("localhost", running.tls_port, context=context)
    try:
        connection.request(method, path, body, headers=headers or {})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if answer.status == 200 else {}
    finally:
        connection.close()


def test_configuration_is_valid(balancer: Running) -> None:
    done = subprocess.run(
        ["haproxy", "-c", "-f", CONFIGURATION],
        check=False,
        capture_output=True,
        text=True,
        env=environment(balancer),
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


@pytest.mark.usefixtures("balancer")
def test_health_checks_ignore_the_cache() -> None:
    assert Server.checked == {"/readyz?without=cache"}


def test_forged_headers_are_removed(balancer: Running) -> None:
    invented = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "elsewhere.example",
        "Forwarded": "for=203.0.113.7",
        "X-Real-IP": "203.0.113.7",
        "X-Request-ID": "mine",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "tracestate": "mine=1",
    }
    _, seen = ask(balancer, "GET", "/", invented)
    lower = {name.lower(): value for name, value in seen.items()}
    assert lower["x-forwarded-for"] == "127.0.0.1"
    assert lower["x-forwarded-proto"] == "https"
    assert len(lower["x-request-id"]) == 36
    gone = {"forwarded", "x-real-ip", "x-forwarded-host", "traceparent", "tracestate"}
    assert not gone & set(lower)


def test_log_is_json_for_any_request(balancer: Running) -> None:
    context = ssl.create_default_context(cafile=balancer.certificate)
    with (
        socket.create_connection(("127.0.0.1", balancer.tls_port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.sendall(b'GET /a"b\\c?token=secret HTTP/1.1\r\nHost: localhost\r\n\r\n')
        assert b" 200 " in secured.recv(100)
    log = balancer.folder / "haproxy.log"
    assert until(lambda: "/a" in log.read_text("utf-8"), patience_s=10)
    lines = [line for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    (found,) = [entry for line in lines if (entry := json.loads(line))["path"].startswith("/a")]
    assert found["path"] == '/a"b\\c'
    assert (found["status"], found["method"]) == (200, "GET")
    assert "secret" not in str(found)


def test_metrics_are_not_for_strangers(balancer: Running) -> None:
    assert ask(balancer, "GET", "/metrics")[0] == 404
    with socket.create_connection(("127.0.0.1", balancer.stats_port)) as connection:
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert b"haproxy_server_check_status" in connection.makefile("rb").read()


@pytest.mark.parametrize("path", ["/admin/", "/%61dmin/", "/adm%69n/login/", "/%6detrics"])
def test_closed_paths_are_closed_in_any_encoding(balancer: Running, path: str) -> None:
    assert ask(balancer, "GET", path)[0] == 404


def test_plain_http_leads_to_the_port_of_tls(balancer: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", balancer.plain_port)
    connection.request("GET", "/labs/?page=2", headers={"Host": "shop.example:8080"})
    answer = connection.getresponse()
    connection.close()
    assert answer.status == http.client.PERMANENT_REDIRECT
    assert answer.headers["Location"] == "https://shop.example:8443/labs/?page=2"


def test_request_that_may_be_repeated_is_tried_on_the_other(balancer: Running) -> None:
    for _ in range(6):
        status, seen = ask(balancer, "GET", "/silent")
        assert (status, seen["port"]) == (200, balancer.ports["green"])


def test_request_that_may_not_be_repeated_is_not(balancer: Running) -> None:
    statuses = {ask(balancer, "POST", "/silent", {"Content-Length": "0"})[0] for _ in range(6)}
    assert statuses == {200, 502}


def test_body_that_is_too_large(balancer: Running) -> None:
    assert ask(balancer, "POST", "/", {"Content-Length": str(5 * 1024 * 1024)})[0] == 413


def test_an_import_may_be_as_long_as_it_is_read(balancer: Running) -> None:
    largest, address = 10 * 2**20, reverse("api:import")
    status, seen = ask(balancer, "POST", address, body=bytes(largest))
    assert (status, seen["content-length"]) == (200, str(largest))
    assert ask(balancer, "POST", address, {"Content-Length": str(largest + 1)})[0] == 413


def test_head_that_is_too_large(balancer: Running) -> None:
    assert ask(balancer, "GET", "/", {"X-Long": "x" * 20_000})[0] in {400, 431}


def test_http2_is_offered_and_old_tls_is_not(balancer: Running) -> None:
    context = ssl.create_default_context(cafile=balancer.certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    address = ("127.0.0.1", balancer.tls_port)
    with (
        socket.create_connection(address) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"
    old = ["openssl", "s_client", "-connect", f"localhost:{balancer.tls_port}", "-tls1_1"]
    done = subprocess.run(old, check=False, capture_output=True, input=b"")
    assert done.returncode != 0


def test_slow_head_is_cut_off(balancer: Running) -> None:
    context = ssl.create_default_context(cafile=balancer.certificate)
    address = ("127.0.0.1", balancer.tls_port)
    with (
        socket.create_connection(address, timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        began = time.monotonic()
        secured.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert b" 408 " in secured.recv(200)
        assert 9 < time.monotonic() - began < 12
