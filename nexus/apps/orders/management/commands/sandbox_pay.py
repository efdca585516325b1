"""`nexus manage sandbox_pay ORDER`: have the sandbox say that an order was paid.

It is a command rather than an address: whoever may run it holds the installation's secrets anyway,
and the API is the same everywhere.
"""

import uuid
from argparse import ArgumentParser

import httpx
from django.core.management.base import BaseCommand, CommandError

from nexus.apps.orders.providers import Outcome
from nexus.apps.orders.providers.sandbox import sign_callback
from nexus.apps.orders.queries import get_open_payment
from nexus.apps.orders.services import receive_callback, rotate_secret, secrets_of
from nexus.core.errors import NexusError

__all__ = ["Command"]

PROVIDER = "sandbox"
PATIENCE_S = 10


class Command(BaseCommand):
    """Have the sandbox say what became of an order's open payment."""

    help = "Have the sandbox say that an order's open payment succeeded, or with --fail that not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the order, `--fail` and `--url`."""
        parser.add_argument("order", help="The number of an order whose payment was started.")
        parser.add_argument("--fail", action="store_true", help="Say that the payment failed.")
        parser.add_argument(
            "--url",
            default="",
            help="Send the message to a running server, such as http://127.0.0.1:8000; "
            "without it, this process takes it.",
        )

    def handle(self, *, order: str, fail: bool, url: str, **_options: object) -> None:
        """Sign the message and deliver it. Raises `CommandError` where that is not possible."""
        try:
            payment = get_open_payment(order)
            if not secrets_of(PROVIDER):
                rotate_secret(provider=PROVIDER)
            body, headers = sign_callback(
                (Outcome.FAILED if fail else Outcome.SUCCEEDED).value,
                reference=payment.reference,
                amount=payment.amount,
                currency=payment.currency,
                event_id=f"evt_{uuid.uuid4().hex}",
                secrets=secrets_of(PROVIDER)[:1],
            )
            told = self._send(url, body, headers) if url else _take(body, headers)
        except NexusError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{order}: {told}.")

    def _send(self, url: str, body: bytes, headers: dict[str, str]) -> str:
        address = f"{url.rstrip('/')}/api/v1/payments/callbacks/{PROVIDER}/"
        typed = {**headers, "Content-Type": "application/json"}
        try:
            answer = httpx.post(address, content=body, headers=typed, timeout=PATIENCE_S)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise CommandError(f"The server did not take the message: {error}") from error
        return str(answer.json()["outcome"])


def _take(body: bytes, headers: dict[str, str]) -> str:
    return receive_callback(provider=PROVIDER, body=body, headers=headers)
