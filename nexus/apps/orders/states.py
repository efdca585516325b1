"""The states of an order, and the rules by which events lead from one to another.

Everything here is pure: an order's facts are folded from its events, and its state is told by its
facts. Services ask `after` whether an event may happen; the audit folds the whole history anew.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from nexus.apps.orders.errors import OrderStateError
from nexus.apps.orders.events import EventKind

__all__ = ["AWAITING", "Facts", "Happened", "OrderState", "after", "fold"]

NOTHING = Decimal(0)


class OrderState(StrEnum):
    """Where an order stands."""

    PENDING_PAYMENT = "pending_payment"
    PAYMENT_FAILED = "payment_failed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


AWAITING = frozenset({OrderState.PENDING_PAYMENT, OrderState.PAYMENT_FAILED})
"""The states in which an order waits for its money; another attempt to pay may follow a failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event, as far as the rules look at it.

    `is_surplus` tells of a refund that it sends money back that was no payment of the order.
    """

    kind: EventKind
    amount: Decimal = NOTHING
    is_surplus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the events of an order come to."""

    total: Decimal
    paid: Decimal = NOTHING
    # Asked of the provider, and not done yet.
    refunding: Decimal = NOTHING
    refunded: Decimal = NOTHING
    has_failed: bool = False
    is_shipped: bool = False
    is_delivered: bool = False
    is_cancelled: bool = False

    @property
    def refundable(self) -> Decimal:
        """How much can still be sent back."""
        return self.paid - self.refunding - self.refunded

    @property
    def state(self) -> OrderState:
        """The one word for these facts; the first that fits."""
        words = (
            (self.is_cancelled, OrderState.CANCELLED),
            (NOTHING < self.refunded == self.paid, OrderState.REFUNDED),
            (self.refunded > NOTHING, OrderState.PARTIALLY_REFUNDED),
            (self.is_delivered, OrderState.DELIVERED),
            (self.is_shipped, OrderState.SHIPPED),
            (self.paid > NOTHING, OrderState.PAID),
            (self.has_failed, OrderState.PAYMENT_FAILED),
        )
        return next((word for fits, word in words if fits), OrderState.PENDING_PAYMENT)


Rule = tuple[Callable[[Facts, Happened], bool], Callable[[Facts, Happened], Facts]]


def _awaits(facts: Facts, _event: Happened) -> bool:
    return facts.state in AWAITING


def _wants_none(facts: Facts, _event: Happened) -> bool:
    return facts.state not in AWAITING


def _any(_facts: Facts, _event: Happened) -> bool:
    return True


def _same(facts: Facts, _event: Happened) -> Facts:
    return facts


def _can_be_cancelled(facts: Facts, _event: Happened) -> bool:
    ended = {OrderState.CANCELLED, OrderState.REFUNDED}
    return facts.state not in ended and not facts.is_shipped


def _can_be_shipped(facts: Facts, _event: Happened) -> bool:
    # Money that is all on its way back pays for nothing.
    return facts.refundable > NOTHING and not facts.is_shipped and not facts.is_cancelled


RULES: Mapping[EventKind, Rule] = {
    EventKind.PAYMENT_FAILED: (_awaits, lambda facts, _: replace(facts, has_failed=True)),
    EventKind.PAYMENT_HELD: (_any, _same),
    EventKind.PAID: (
        lambda facts, event: facts.state in AWAITING and event.amount == facts.total,
        lambda facts, event: replace(facts, paid=event.amount),
    ),
    EventKind.SURPLUS_RECEIVED: (_wants_none, _same),
    EventKind.CANCELLED: (_can_be_cancelled, lambda facts, _: replace(facts, is_cancelled=True)),
    EventKind.SHIPPED: (_can_be_shipped, lambda facts, _: replace(facts, is_shipped=True)),
    EventKind.DELIVERED: (
        lambda facts, _: facts.is_shipped and not facts.is_delivered,
        lambda facts, _: replace(facts, is_delivered=True),
    ),
    EventKind.REFUND_REQUESTED: (
        lambda facts, event: NOTHING < event.amount <= facts.refundable,
        lambda facts, event: replace(facts, refunding=facts.refunding + event.amount),
    ),
    EventKind.REFUNDED: (
        lambda facts, event: NOTHING < event.amount <= facts.refunding,
        lambda facts, event: replace(
            facts,
            refunding=facts.refunding - event.amount,
            refunded=facts.refunded + event.amount,
        ),
    ),
    EventKind.REFUND_FAILED: (
        lambda facts, event: NOTHING < event.amount <= facts.refunding,
        lambda facts, event: replace(facts, refunding=facts.refunding - event.amount),
    ),
}
"""For each event but the first: whether it may happen, and what is true afterwards."""


def after(facts: Facts | None, event: Happened) -> Facts:
    """Return what is true after an event; no facts stand for an order that is not there yet.

    Raises `OrderStateError` where the event cannot happen.
    """
    if facts is None:
        if event.kind is not EventKind.PLACED or event.amount <= NOTHING:
            raise OrderStateError("An order's first event must be that it was placed.")
        return Facts(total=event.amount)
    if event.kind not in RULES:
        raise OrderStateError("An order can be placed only once.")
    if event.is_surplus:
        return facts
    fits, become = RULES[event.kind]
    if not fits(facts, event):
        raise OrderStateError(f"The order is {facts.state}, which does not allow this.")
    return become(facts, event)


def fold(events: Iterable[Happened]) -> Facts | None:
    """Return what a history comes to. Raises `OrderStateError` for one that cannot be."""
    facts: Facts | None = None
    for event in events:
        facts = after(facts, event)
    return facts
