"""`nexus manage sandbox_pay ORDER`: send the sandbox's callback that an order was paid.

This is a command rather than an endpoint: anyone who can run it already has the installation's
secrets, and the API stays the same everywhere.
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
TIMEOUT_S = 10


class Command(BaseCommand):
    """Send the sandbox's callback for an order's open payment."""

    help = "Report an order's open sandbox payment as succeeded, or as failed with --fail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the order, `--fail` and `--url`."""
        parser.add_argument("order", help="The number of an order with an open payment.")
        parser.add_argument("--fail", action="store_true", help="Report the payment as failed.")
        parser.add_argument(
            "--url",
            default="",
            help="Send the callback to a running server, such as http://127.0.0.1:8000. "
            "Without it, this process handles the callback.",
        )

    def handle(self, *, order: str, fail: bool, url: str, **_options: object) -> None:
        """Sign the callback and deliver it. Raises `CommandError` if that fails."""
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
            outcome = self._send(url, body, headers) if url else _take(body, headers)
        except NexusError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{order}: {outcome}.")

    def _send(self, url: str, body: bytes, headers: dict[str, str]) -> str:
        address = f"{url.rstrip('/')}/api/v1/payments/callbacks/{PROVIDER}/"
        typed = {**headers, "Content-Type": "application/json"}
        try:
            response = httpx.post(address, content=body, headers=typed, timeout=TIMEOUT_S)
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise CommandError(f"The server did not accept the callback: {error}") from error
        return str(response.json()["outcome"])


def _take(body: bytes, headers: dict[str, str]) -> str:
    return receive_callback(provider=PROVIDER, body=body, headers=headers)
