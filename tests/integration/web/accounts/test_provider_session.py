"""A provider that sends endless responses or redirects is refused."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from allauth.socialaccount.adapter import get_adapter

from nexus.web.accounts import provider_session


class Provider(ThreadingHTTPServer):
    """A server on loopback, and the requested paths."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.ended = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        """Respond as the path says."""
        self.server.asked.append(self.path)
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("Location", "/short")
        self.end_headers()
        try:
            if self.path == "/long":
                self.wfile.write(b"x" * (provider_session.MAX_BYTES + 1))
            while self.path == "/endless" and not self.server.ended.wait(0.05):
                self.wfile.write(b"x")
        except OSError:
            return
        self.wfile.write(b'{"issuer": "here"}')

    def log_message(self, *_message: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.ended.set()
        server.shutdown()
        thread.join()


def test_an_answer_is_read(provider: Provider) -> None:
    with get_adapter().get_requests_session() as session:
        assert session.get(f"{provider.address}/short").json() == {"issuer": "here"}


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/elsewhere", requests.TooManyRedirects),
        ("/long", requests.RequestException),
        ("/endless", requests.Timeout),
    ],
)
def test_invalid_response_is_refused(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, path: str, error: type[Exception]
) -> None:
    monkeypatch.setattr(provider_session, "DEADLINE_S", 0.5)
    with get_adapter().get_requests_session() as session, pytest.raises(error):
        session.get(provider.address + path)
    assert provider.asked == [path]
