"""Sandbox carriers: a small ASGI application that `nexus serve` starts on a laptop.

Prices depend only on the parcel. Three carriers respond after a realistic delay; `tardy` takes
longer than any deadline, and `broken` fails, so that a partial result can be seen.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from nexus.apps.orders.errors import ShippingUnavailableError
from nexus.apps.orders.shipping import ShippingMethod, shipping_price

__all__ = ["SANDBOXES", "Sandbox", "app", "sandbox_addresses", "sandbox_command"]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MAX_REQUEST_BYTES = 16 * 1024
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A carrier: its share of the flat price, for the first and each further piece; its delay."""

    share: Decimal
    share_of_piece: Decimal
    days: int
    takes_s: float
    fails: bool = False

    def offers(self, parcel: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return a price for each method. Raises `KeyError`, `ValueError` for an invalid parcel."""
        pieces, currency = int(parcel["pieces"]), str(parcel["currency"])
        share = self.share + self.share_of_piece * (pieces - 1)
        try:
            return [
                {
                    "method": method.value,
                    "price": str(
                        (shipping_price(currency=currency, method=method) * share).quantize(CENT)
                    ),
                    "currency": currency,
                    "days": self.days if method is ShippingMethod.STANDARD else 1,
                }
                for method in ShippingMethod
            ]
        except ShippingUnavailableError:
            return []


SANDBOXES: Mapping[str, Sandbox] = {
    "swift": Sandbox(Decimal("1.2"), Decimal("0.05"), days=2, takes_s=0.1),
    "thrifty": Sandbox(Decimal("0.7"), Decimal("0.1"), days=6, takes_s=0.2),
    "steady": Sandbox(Decimal("0.9"), Decimal("0.02"), days=4, takes_s=0.3),
    "tardy": Sandbox(Decimal("0.1"), Decimal(0), days=9, takes_s=30),
    "broken": Sandbox(Decimal(1), Decimal(0), days=1, takes_s=0.05, fails=True),
}


def sandbox_addresses(port: int) -> dict[str, str]:
    """Return the URL of each sandbox, served on `port` of this machine."""
    return {name: f"http://127.0.0.1:{port}/{name}" for name in SANDBOXES}


def sandbox_command(port: int) -> tuple[str, ...]:
    """Return the command that serves the sandboxes on `port` of this machine; SIGINT stops it."""
    return (
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--workers-kill-timeout", "5"),
        *("--log-level", "warning", "--no-access-log", f"{__name__}:app"),
    )


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Handle one request: POST to the name of a carrier."""
    if scope["type"] != "http":
        return
    carrier = SANDBOXES.get(str(scope["path"]).strip("/"))
    if carrier is None or scope["method"] != "POST":
        await _answer(
            send,
            HTTPStatus.NOT_FOUND,
            {"detail": "Use POST, to /swift for example."},
        )
        return
    body = await _read(receive)
    await asyncio.sleep(carrier.takes_s)
    if carrier.fails:
        await _answer(send, HTTPStatus.INTERNAL_SERVER_ERROR, {"detail": "Always fails."})
        return
    try:
        offers = carrier.offers(json.loads(body))
    except (ValueError, KeyError, TypeError):
        await _answer(send, HTTPStatus.BAD_REQUEST, {"detail": "Invalid parcel."})
        return
    await _answer(send, HTTPStatus.OK, {"offers": offers})


async def _read(receive: Receive) -> bytes:
    body = b""
    while len(body) <= MAX_REQUEST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


async def _answer(send: Send, status: HTTPStatus, content: Mapping[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
