"""A provider that takes no real money and needs no network.

Its callbacks come only from `sign_callback`, with the installation's secret: tests call it, and
`nexus manage sandbox_pay` does for a demonstration.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from nexus.apps.orders.providers.protocol import (
    Callback,
    Outcome,
    RefundImpossibleError,
    Started,
)
from nexus.core.security.webhook_signatures import SignatureError, sign, verify

__all__ = ["Sandbox", "sign_callback"]

MAX_REFUND = Decimal(1_000_000)
"""The sandbox refuses larger refunds, so that a refusal can be seen."""
MAX_REPORTED = Decimal(10) ** 12


class Sandbox:
    """The provider for tests and demonstrations."""

    def start(self, *, key: str, amount: Decimal, currency: str) -> Started:  # noqa: ARG002 -- the sandbox takes the amount from its callbacks
        """Return a reference derived from the key."""
        reference = f"sandbox-{key}"
        return Started(reference, pay_url=f"https://sandbox.invalid/pay/{reference}/")

    def refund(self, *, key: str, reference: str, amount: Decimal, currency: str) -> None:  # noqa: ARG002 -- the sandbox keeps no books
        """Do nothing. Raises `RefundImpossibleError` above `MAX_REFUND`."""
        if amount > MAX_REFUND:
            raise RefundImpossibleError("The sandbox refunds at most one million.")

    def read_callback(
        self, body: bytes, *, headers: Mapping[str, str], secrets: Sequence[str]
    ) -> Callback:
        """Return a callback of `sign_callback`. Raises `SignatureError`."""
        event_id = verify(body, secrets=secrets, headers=headers)
        try:
            payload = json.loads(body)
            kind = str(payload["type"])
            data = payload["data"]
            amount = Decimal(str(data["amount"])) if "amount" in data else None
            reference, currency = str(data["reference"]), str(data.get("currency", ""))
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            raise SignatureError("The signed message is not a message of the sandbox.") from error
        if amount is not None and not (amount.is_finite() and 0 <= amount < MAX_REPORTED):
            raise SignatureError("The signed message contains no valid amount.")
        outcome = Outcome(kind) if kind in set(Outcome) else None
        return Callback(event_id, outcome, reference, amount, currency, payload)


def sign_callback(  # noqa: PLR0913 -- one argument for each field of a callback
    outcome: str,
    *,
    reference: str,
    amount: Decimal,
    currency: str,
    event_id: str,
    secrets: Sequence[str],
    at: int | None = None,
) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a callback, as the sandbox sends it."""
    payload: dict[str, Any] = {
        "type": outcome,
        "data": {"reference": reference, "amount": str(amount), "currency": currency},
    }
    body = json.dumps(payload).encode()
    return body, sign(body, secrets=secrets, message_id=event_id, at=at)
