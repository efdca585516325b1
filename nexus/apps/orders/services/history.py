"""The one place that changes an order: its event and its row are written together."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nexus.apps.orders.errors import OrderNotFoundError
from nexus.apps.orders.events import ORDER_CHANGED, EventKind
from nexus.apps.orders.models import Order, OrderEvent
from nexus.apps.orders.states import Facts, Happened, OrderState, after
from nexus.core.database.locks import get_for_update
from nexus.core.observability.metrics import ORDERS, count_on_commit, initialise_series
from nexus.core.outbox.services import publish

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor

__all__ = ["locked_order", "projection", "record_event", "write_event"]

initialise_series(ORDERS, OrderState)


def record_event(  # noqa: PLR0913 -- one argument for each field of an event
    order: Order,
    kind: EventKind,
    *,
    by: "Actor | None",
    amount: Decimal = Decimal(0),
    is_surplus: bool = False,
    details: Mapping[str, Any] | None = None,
) -> OrderEvent:
    """Apply an event to an order whose row is locked, and write both.

    Raises `OrderStateError` if the order's state does not allow it.
    """
    facts = after(order.facts, Happened(kind=kind, amount=amount, is_surplus=is_surplus))
    before = order.state
    order.version += 1
    changed = projection(facts)
    for name, value in changed.items():
        setattr(order, name, value)
    order.save(update_fields=["version", *changed])
    if order.state != before:
        count_on_commit(ORDERS.labels(order.state))
    return write_event(order, kind, by=by, amount=amount, is_surplus=is_surplus, details=details)


def write_event(  # noqa: PLR0913 -- one argument for each field of an event
    order: Order,
    kind: EventKind,
    *,
    by: "Actor | None",
    amount: Decimal,
    is_surplus: bool = False,
    details: Mapping[str, Any] | None = None,
) -> OrderEvent:
    """Write the event with the order's version as its number, and publish it."""
    event = OrderEvent.objects.create(
        order=order,
        number=order.version,
        kind=kind.value,
        amount=amount,
        is_surplus=is_surplus,
        actor_id=by.pk if by is not None and by.is_authenticated else None,
        details=dict(details or {}),
    )
    publish(ORDER_CHANGED, event_id=event.pk)
    if kind is EventKind.PLACED:
        count_on_commit(ORDERS.labels(order.state))
    return event


def projection(facts: Facts) -> dict[str, Any]:
    """Return the columns of an order that follow from its facts."""
    return {
        "state": facts.state.value,
        "paid": facts.paid,
        "refunding": facts.refunding,
        "refunded": facts.refunded,
        "has_failed": facts.has_failed,
        "is_shipped": facts.is_shipped,
        "is_delivered": facts.is_delivered,
        "is_cancelled": facts.is_cancelled,
    }


def locked_order(order_id: int) -> Order:
    """Return an order, its row locked until the transaction ends. Raises `OrderNotFoundError`."""
    # Changes of one order are serialised; inserts that reference its row do not wait.
    return get_for_update(Order.objects.all(), OrderNotFoundError, pk=order_id)
