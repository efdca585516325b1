"""What orders ask of whoever takes the money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

__all__ = ["Callback", "Outcome", "PaymentProvider", "RefundImpossibleError", "Started"]


class Outcome(StrEnum):
    """What a provider tells of a payment."""

    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"


class RefundImpossibleError(Exception):
    """The provider will never send this money back, however often it is asked."""


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that waits for its buyer: its name at the provider, and where to pay."""

    reference: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class Callback:
    """One message of a provider. `outcome` is None where it tells of something else."""

    event_id: str
    outcome: Outcome | None
    reference: str
    amount: Decimal | None
    currency: str
    payload: dict[str, Any]


class PaymentProvider(Protocol):
    """Who takes the money. Money is captured when it is paid, not when the order is shipped.

    `start` and `refund` get a key of ours: asked twice with one, a provider does it once. What
    they raise beside what is named here is tried again.
    """

    def start(self, *, key: str, amount: Decimal, currency: str) -> Started:
        """Prepare a payment. No row is locked meanwhile."""
        ...

    def refund(self, *, key: str, reference: str, amount: Decimal, currency: str) -> None:
        """Send money back. Raises `RefundImpossibleError`."""
        ...

    def read_callback(
        self, body: bytes, *, headers: Mapping[str, str], secrets: Sequence[str]
    ) -> Callback:
        """Read a message, signed with one of `secrets`. Raises `SignatureError`."""
        ...
