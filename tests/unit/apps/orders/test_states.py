"""Any sequence of events leaves an order in a consistent state."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.apps.orders.errors import OrderStateError
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.states import AWAITING, Facts, Happened, OrderState, after, fold

TOTAL = Decimal("100.00")
AMOUNTS = st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(30), Decimal(70), TOTAL])
EVENTS = st.builds(
    Happened, kind=st.sampled_from(EventKind), amount=AMOUNTS, is_surplus=st.booleans()
)


def event(kind: str, amount: int | Decimal = 0, *, is_surplus: bool = False) -> Happened:
    return Happened(kind=EventKind(kind), amount=Decimal(amount), is_surplus=is_surplus)


PLACED, PAID = event("placed", TOTAL), event("paid", TOTAL)
SHIPPED, DELIVERED, CANCELLED = event("shipped"), event("delivered"), event("cancelled")


def refund(amount: int) -> list[Happened]:
    return [event("refund_requested", amount), event("refunded", amount)]


def what_can_happen(history: list[Happened]) -> tuple[list[Happened], Facts | None]:
    """Return the events that were allowed in their turn, as a service does."""
    facts: Facts | None = None
    allowed = []
    for one in history:
        try:
            facts = after(facts, one)
        except OrderStateError:
            continue
        allowed.append(one)
    return allowed, facts


@given(st.lists(EVENTS, max_size=30))
def test_any_sequence_of_events_ends_in_a_legal_state(history: list[Happened]) -> None:
    allowed, facts = what_can_happen([PLACED, *history])

    assert facts is not None
    assert fold(allowed) == facts
    assert facts.state in OrderState
    assert 0 <= facts.refunding + facts.refunded <= facts.paid <= facts.total == TOTAL
    assert facts.paid in {0, TOTAL}
    assert facts.is_shipped >= facts.is_delivered
    assert not (facts.is_shipped and facts.is_cancelled)
    assert not facts.is_shipped or facts.paid
    assert (facts.state in AWAITING) == (not facts.paid and not facts.is_cancelled)


@given(st.lists(EVENTS, max_size=30))
def test_refused_event_changes_nothing(history: list[Happened]) -> None:
    allowed, facts = what_can_happen([PLACED, *history])

    assert what_can_happen(allowed) == (allowed, facts)


@pytest.mark.parametrize(
    ("history", "state"),
    [
        ([], "pending_payment"),
        ([event("payment_failed")], "payment_failed"),
        ([event("payment_failed"), PAID], "paid"),
        ([PAID, SHIPPED], "shipped"),
        ([PAID, SHIPPED, DELIVERED], "delivered"),
        ([CANCELLED], "cancelled"),
        ([PAID, CANCELLED, *refund(100)], "cancelled"),
        ([PAID, *refund(30)], "partially_refunded"),
        ([PAID, *refund(30), SHIPPED], "partially_refunded"),
        ([PAID, SHIPPED, *refund(30), *refund(70)], "refunded"),
        ([PAID, event("refund_requested", 100), event("refund_failed", 100)], "paid"),
        ([PAID, event("surplus_received", 5)], "paid"),
        ([event("payment_held")], "pending_payment"),
        (
            [CANCELLED, event("surplus_received", 9), event("refunded", 9, is_surplus=True)],
            "cancelled",
        ),
    ],
)
def test_a_history_leads_to_its_state(history: list[Happened], state: str) -> None:
    facts = fold([PLACED, *history])
    assert facts is not None
    assert facts.state == state


@pytest.mark.parametrize(
    "history",
    [
        [PAID],
        [event("placed", 0)],
        [PLACED, PLACED],
        [PLACED, SHIPPED],
        [PLACED, event("paid", 99)],
        [PLACED, PAID, PAID],
        [PLACED, CANCELLED, PAID],
        [PLACED, PAID, DELIVERED],
        [PLACED, PAID, SHIPPED, CANCELLED],
        [PLACED, PAID, SHIPPED, SHIPPED],
        [PLACED, CANCELLED, CANCELLED],
        [PLACED, PAID, event("payment_failed")],
        [PLACED, event("surplus_received", 5)],
        [PLACED, PAID, event("refund_requested", 101)],
        [PLACED, PAID, event("refund_requested", 70), event("refund_requested", 31)],
        [PLACED, PAID, event("refunded", 1)],
        # All the money is being refunded: nothing would pay for the shipment.
        [PLACED, PAID, event("refund_requested", 100), SHIPPED],
    ],
)
def test_a_history_that_cannot_be_is_refused(history: list[Happened]) -> None:
    with pytest.raises(OrderStateError):
        fold(history)


def test_no_history_is_no_order() -> None:
    assert fold([]) is None
