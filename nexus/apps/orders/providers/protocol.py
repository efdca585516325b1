"""The interface of a payment provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

__all__ = ["Callback", "Outcome", "PaymentProvider", "RefundImpossibleError", "Started"]


class Outcome(StrEnum):
    """The result of a payment, as the provider reports it."""

    SUCCEEDED = "payment.succeeded"
    FAILED = "payment.failed"


class RefundImpossibleError(Exception):
    """The provider refuses this refund permanently; a retry would not help."""


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that waits for its buyer: the provider's reference, and where to pay."""

    reference: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback of a provider. `outcome` is None if it is about something else."""

    event_id: str
    outcome: Outcome | None
    reference: str
    amount: Decimal | None
    currency: str
    payload: dict[str, Any]


class PaymentProvider(Protocol):
    """A payment provider. Money is captured on payment, not when the order is shipped.

    `start` and `refund` take an idempotency key: called twice with the same key, a provider acts
    once. On any exception other than those named here, the call is retried.
    """

    def start(self, *, key: str, amount: Decimal, currency: str) -> Started:
        """Start a payment. The caller holds no row lock."""
        ...

    def refund(self, *, key: str, reference: str, amount: Decimal, currency: str) -> None:
        """Refund an amount. Raises `RefundImpossibleError`."""
        ...

    def read_callback(
        self, body: bytes, *, headers: Mapping[str, str], secrets: Sequence[str]
    ) -> Callback:
        """Return a callback signed with one of `secrets`. Raises `SignatureError`."""
        ...
