"""A receiver of requests on loopback: webhooks, traces, error reports. It cannot sign."""

import base64
import gzip
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["Receiver", "Sent", "is_signed", "receiving"]


@dataclass(frozen=True)
class Sent:
    """One request that arrived."""

    path: str
    headers: "Message[str, str]"
    body: bytes

    @property
    def content(self) -> bytes:
        """The decompressed body."""
        compressed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.body) if compressed else self.body

    @property
    def told(self) -> Any:
        return json.loads(self.body)

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """The requests that arrived, and the response to the next one."""

    port: int = 0
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    # Called instead of responding.
    behave: Callable[[BaseHTTPRequestHandler], None] | None = None

    @property
    def host(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[bytes]:
        """The contents of all that arrived."""
        return [sent.content for sent in self.sent]

    def address(self, path: str = "/hook") -> str:
        return f"http://{self.host}{path}"


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen on a free port of loopback, with TLS if a context is given."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.sent.append(Sent(self.path, self.headers, body))
            if receiver.behave is not None:
                receiver.behave(self)
                return
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            serving.join()


def is_signed(sent: Sent, secret: str) -> bool:
    """Return whether a request was signed with `secret` just now, by the standard's text.

    (Standard Webhooks 1.0, "Signature scheme": id, timestamp and body, joined by full stops.)
    """
    second = sent.headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([sent.message_id.encode(), second.encode(), sent.body])
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    fresh = abs(time.time() - int(second)) < 300
    return fresh and expected in sent.headers["webhook-signature"].split(" ")
