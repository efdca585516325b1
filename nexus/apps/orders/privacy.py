"""Personal data in orders. Orders must be kept by law: they stay, without an address."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nexus.apps.orders.models import Cart, CartLine, Order, Payment, Webhook
from nexus.apps.orders.services import cancel_order
from nexus.apps.orders.states import AWAITING, OrderState
from nexus.apps.users.errors import AccountBusyError

if TYPE_CHECKING:
    from nexus.apps.users.models import User

__all__ = ["export", "forget"]

ORDER = (
    "number", "state", "currency", "lines_total", "shipping", "total", "paid", "refunded",
    "recipient", "street", "postal_code", "city", "country", "shipping_method", "placed_at",
)  # fmt: skip


def export(user: "User") -> dict[str, Iterable[Any]]:
    """Return a user's orders with payments, cart, sales and webhooks."""
    orders = Order.objects.filter(buyer=user).order_by("pk")
    orders = orders.prefetch_related("lines", "events", "payments__refunds")
    cart = CartLine.objects.filter(cart=user.pk).order_by("pk")
    sales = Order.objects.filter(merchant=user).order_by("pk")
    hooks = Webhook.objects.filter(owner=user).order_by("pk")
    return {
        "orders": [_order(order) for order in orders],
        "cart": cart.values("product__sku", "product__name", "quantity"),
        # Without the buyers, who are other people.
        "sales": sales.values("number", "state", "total", "currency", "placed_at"),
        "webhooks": hooks.values("url", "events", "is_on", "created_at"),
    }


def forget(user: "User") -> None:
    """Cancel unpaid orders, empty the cart, delete webhooks, and erase addresses.

    Raises `AccountBusyError` while a paid order of the user, as buyer or merchant, has not been
    shipped, or a refund is in progress.
    """
    own = Order.objects.filter(buyer=user)
    for order in own.filter(state__in=[state.value for state in AWAITING]).order_by("pk"):
        cancel_order(order_id=order.pk, by=user, reason="account deleted")
    if own.filter(refunding__gt=0).exists():
        raise AccountBusyError(
            "A refund to you is in progress. Wait for it, then delete your account."
        )
    if own.filter(state=OrderState.PAID.value).exists():
        raise AccountBusyError(
            "You paid for an order that has not been shipped yet. Cancel it or wait for it, "
            "then delete your account."
        )
    if Order.objects.filter(merchant=user, state=OrderState.PAID.value).exists():
        raise AccountBusyError(
            "You sold an order that is paid and not yet shipped. Ship or cancel it, "
            "then delete your account."
        )
    own.update(recipient="", street="", postal_code="", city="")
    Cart.objects.filter(user=user).delete()
    Webhook.objects.filter(owner=user).delete()


def _order(order: Order) -> dict[str, Any]:
    return {
        **{name: getattr(order, name) for name in ORDER},
        "lines": [
            {"sku": line.sku, "name": line.name, "price": line.price, "quantity": line.quantity}
            for line in order.lines.all()
        ],
        "events": [
            {"number": event.number, "kind": event.kind, "amount": event.amount, "at": event.at}
            for event in sorted(order.events.all(), key=lambda event: event.number)
        ],
        "payments": [_payment(payment) for payment in order.payments.all()],
    }


def _payment(payment: Payment) -> dict[str, Any]:
    members = ("provider", "reference", "status", "amount", "received", "returned", "started_at")
    return {
        **{name: getattr(payment, name) for name in members},
        "refunds": [
            {
                "amount": refund.amount,
                "status": refund.status,
                "reason": refund.reason,
                "at": refund.requested_at,
            }
            for refund in payment.refunds.all()
        ],
    }
