"""The audit of orders: each is rebuilt from its events and compared with its row."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from nexus.apps.orders.errors import OrderStateError
from nexus.apps.orders.models import Order, Payment, PaymentStatus, RefundStatus
from nexus.apps.orders.states import fold
from nexus.apps.products.queries import get_stock_taken

__all__ = ["Difference", "audit_orders"]

BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored value of an order that does not follow from its events."""

    order: str
    what: str
    written: str
    rebuilt: str


def audit_orders() -> Iterator[Difference]:
    """Rebuild every order and yield every difference in state, money or stock.

    Everything is read from one snapshot, whatever is written meanwhile.
    """
    with _one_moment():
        last = 0
        while batch := _read(last):
            last = batch[-1].pk
            taken = get_stock_taken([order.reference for order in batch])
            for order in batch:
                yield from _differences(order, taken)


@contextmanager
def _one_moment() -> Iterator[None]:
    inside = connection.in_atomic_block
    with transaction.atomic():
        # A transaction that has already begun, as in a test, keeps its isolation level.
        if not inside:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _read(last: int) -> list[Order]:
    rows = Order.objects.filter(pk__gt=last).order_by("pk")
    return list(rows.prefetch_related("lines", "events", "payments__refunds")[:BATCH])


def _differences(order: Order, taken: Mapping[tuple[str, int], int]) -> Iterator[Difference]:
    for what, (written, rebuilt) in _compared(order, taken).items():
        if written != rebuilt:
            yield Difference(order.number, what, str(written), str(rebuilt))


def _compared(order: Order, taken: Mapping[tuple[str, int], int]) -> dict[str, tuple[Any, Any]]:
    events = sorted(order.events.all(), key=lambda event: event.number)
    lines, payments = list(order.lines.all()), list(order.payments.all())
    try:
        facts = fold(event.happened for event in events)
    except OrderStateError as error:
        return {"history": ("events that follow one another", str(error))}
    if facts is None:
        return {"history": ("an order", "no events")}
    values = {
        "numbers of events": ([event.number for event in events], _numbers(order.version)),
        "state": (order.state, facts.state.value),
        "sum of lines": (order.lines_total, sum((line.total for line in lines), Decimal(0))),
        **_money(order, payments),
    }
    rebuilt = asdict(facts)
    for name, written in asdict(order.facts).items():
        values[name] = (written, rebuilt[name])
    held = {} if facts.is_cancelled else {line.product_id: line.quantity for line in lines}
    booked = {
        line.product_id: taken[order.reference, line.product_id]
        for line in lines
        if (order.reference, line.product_id) in taken
    }
    return {**values, "stock": (booked, held)}


def _numbers(version: int) -> list[int]:
    return list(range(1, version + 1))


def _money(order: Order, payments: Sequence[Payment]) -> dict[str, tuple[Any, Any]]:
    paid = [payment for payment in payments if payment.status == PaymentStatus.SUCCEEDED.value]
    values: dict[str, tuple[Any, Any]] = {
        "money received": (order.paid, sum((payment.received for payment in paid), Decimal(0))),
        "money going back": (order.refunding, _returned(paid, RefundStatus.REQUESTED)),
        "money that went back": (order.refunded, _returned(paid, RefundStatus.DONE)),
    }
    for payment in payments:
        requested = _returned([payment], RefundStatus.REQUESTED)
        done = _returned([payment], RefundStatus.DONE)
        values[f"money returned of {payment.reference}"] = (payment.returned, requested + done)
    return values


def _returned(payments: Sequence[Payment], status: RefundStatus) -> Decimal:
    refunds = [refund for payment in payments for refund in payment.refunds.all()]
    return sum((refund.amount for refund in refunds if refund.status == status.value), Decimal(0))
