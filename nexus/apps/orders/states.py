"""The states of an order, and the rules by which events change them.

Everything here is pure: an order's facts are folded from its events, and its state follows from its
facts. Services call `after` to check that an event is allowed; the audit folds the whole history
again.
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
    """The state of an order."""

    PENDING_PAYMENT = "pending_payment"
    PAYMENT_FAILED = "payment_failed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


AWAITING = frozenset({OrderState.PENDING_PAYMENT, OrderState.PAYMENT_FAILED})
"""The states in which an order awaits payment; a failed attempt may be followed by another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The part of an event that the rules look at.

    `is_surplus` marks money that is not the payment of the order, and its refund.
    """

    kind: EventKind
    amount: Decimal = NOTHING
    is_surplus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The result of an order's events."""

    total: Decimal
    paid: Decimal = NOTHING
    # Requested from the provider and not completed.
    refunding: Decimal = NOTHING
    refunded: Decimal = NOTHING
    has_failed: bool = False
    is_shipped: bool = False
    is_delivered: bool = False
    is_cancelled: bool = False

    @property
    def refundable(self) -> Decimal:
        """How much can still be refunded."""
        return self.paid - self.refunding - self.refunded

    @property
    def state(self) -> OrderState:
        """The state that follows from these facts: the first that matches."""
        states = (
            (self.is_cancelled, OrderState.CANCELLED),
            (NOTHING < self.refunded == self.paid, OrderState.REFUNDED),
            (self.refunded > NOTHING, OrderState.PARTIALLY_REFUNDED),
            (self.is_delivered, OrderState.DELIVERED),
            (self.is_shipped, OrderState.SHIPPED),
            (self.paid > NOTHING, OrderState.PAID),
            (self.has_failed, OrderState.PAYMENT_FAILED),
        )
        return next((state for fits, state in states if fits), OrderState.PENDING_PAYMENT)


Rule = tuple[Callable[[Facts, Happened], bool], Callable[[Facts, Happened], Facts]]


def _awaits(facts: Facts, _event: Happened) -> bool:
    return facts.state in AWAITING


def _awaits_nothing(facts: Facts, _event: Happened) -> bool:
    return facts.state not in AWAITING


def _any(_facts: Facts, _event: Happened) -> bool:
    return True


def _same(facts: Facts, _event: Happened) -> Facts:
    return facts


def _can_be_cancelled(facts: Facts, _event: Happened) -> bool:
    ended = {OrderState.CANCELLED, OrderState.REFUNDED}
    return facts.state not in ended and not facts.is_shipped


def _can_be_shipped(facts: Facts, _event: Happened) -> bool:
    # An order whose whole payment is being refunded is not paid.
    return facts.refundable > NOTHING and not facts.is_shipped and not facts.is_cancelled


RULES: Mapping[EventKind, Rule] = {
    EventKind.PAYMENT_FAILED: (_awaits, lambda facts, _: replace(facts, has_failed=True)),
    EventKind.PAYMENT_HELD: (_any, _same),
    EventKind.PAID: (
        lambda facts, event: facts.state in AWAITING and event.amount == facts.total,
        lambda facts, event: replace(facts, paid=event.amount),
    ),
    EventKind.SURPLUS_RECEIVED: (_awaits_nothing, _same),
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
"""For each event except the first: whether it is allowed, and the facts after it."""


def after(facts: Facts | None, event: Happened) -> Facts:
    """Return the facts after an event; `facts` is None for an order that does not exist yet.

    Raises `OrderStateError` if the event is not allowed.
    """
    if facts is None:
        if event.kind is not EventKind.PLACED or event.amount <= NOTHING:
            raise OrderStateError("The first event of an order must be `placed`.")
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
    """Return the facts after a history. Raises `OrderStateError` if an event is not allowed."""
    facts: Facts | None = None
    for event in events:
        facts = after(facts, event)
    return facts
