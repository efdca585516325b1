"""Reads of carts, orders, payments, refunds and webhooks."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from nexus.apps.orders.errors import (
    DeliveryNotFoundError,
    OrderNotAllowedError,
    OrderNotFoundError,
    PaymentNotFoundError,
    WebhookNotFoundError,
)
from nexus.apps.orders.models import (
    CartLine,
    Order,
    OrderEvent,
    Payment,
    PaymentStatus,
    Refund,
    Webhook,
    WebhookDelivery,
)
from nexus.apps.orders.permissions import may_manage_any, may_see, may_sell

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor
    from nexus.apps.users.models import User


__all__ = [
    "Cart",
    "LineInCart",
    "Problem",
    "get_cart",
    "get_delivery",
    "get_open_payment",
    "get_order",
    "get_payment",
    "get_webhook",
    "list_deliveries",
    "list_events",
    "list_managed_orders",
    "list_own_orders",
    "list_payments",
    "list_refunds",
    "list_webhooks",
]


class Problem(StrEnum):
    """Why a cart line cannot be ordered as it is."""

    UNAVAILABLE = "unavailable"
    OUT_OF_STOCK = "out_of_stock"
    TOO_FEW = "too_few"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class LineInCart:
    """A quantity of a product, at its current price."""

    product: int
    sku: str
    name: str
    price: Decimal
    currency: str
    quantity: int
    total: Decimal
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Cart:
    """A user's cart; `total` excludes shipping, and is 0 if the currencies differ."""

    lines: list[LineInCart]
    currency: str | None
    total: Decimal
    can_be_ordered: bool


def get_cart(by: "User") -> Cart:
    """Return a user's cart, in one query."""
    rows = CartLine.objects.filter(cart=by.pk).select_related("product").order_by("pk")
    cart_lines = list(rows.defer("product__vector", "product__description", "product__attributes"))
    currency = cart_lines[0].product.currency if cart_lines else None
    lines = [_line(row, currency) for row in cart_lines]
    is_fine = all(line.problem is None for line in lines)
    # A sum over several currencies would be meaningless.
    single = all(line.currency == currency for line in lines)
    total = sum((line.total for line in lines), Decimal(0)) if single else Decimal(0)
    return Cart(lines, currency if single else None, total, can_be_ordered=bool(lines) and is_fine)


def list_own_orders(by: "Actor | None") -> QuerySet[Order]:
    """Return the orders that `by` placed, with their lines."""
    known = by is not None and by.is_authenticated
    own = Order.objects.filter(buyer_id=by.pk) if by and known else Order.objects.none()
    return own.prefetch_related("lines")


def list_managed_orders(by: "Actor | None", *, state: str = "") -> QuerySet[Order]:
    """Return the orders that `by` manages: all for support, their own sales for merchants.

    Raises `OrderNotAllowedError` for any other user.
    """
    rows = Order.objects.prefetch_related("lines")
    if not may_manage_any(by):
        if by is None or not may_sell(by):
            raise OrderNotAllowedError("Your role does not include managing orders.")
        rows = rows.filter(merchant_id=by.pk)
    return rows.filter(state=state) if state else rows


def get_order(order_id: int, *, by: "Actor | None") -> Order:
    """Return one order with its lines, if `by` may see it. Raises `OrderNotFoundError`."""
    order = Order.objects.filter(pk=order_id).prefetch_related("lines").first()
    if order is None or not may_see(by, order):
        raise OrderNotFoundError
    return order


def list_events(order_id: int, *, by: "Actor | None") -> QuerySet[OrderEvent]:
    """Return the history of an order. Raises `OrderNotFoundError`."""
    return OrderEvent.objects.filter(order=get_order(order_id, by=by))


def list_payments(order_id: int, *, by: "Actor | None") -> QuerySet[Payment]:
    """Return the payment attempts of an order. Raises `OrderNotFoundError`."""
    return Payment.objects.filter(order=get_order(order_id, by=by))


def get_payment(payment_id: int, *, by: "Actor | None") -> Payment:
    """Return one payment, if `by` may see its order. Raises `PaymentNotFoundError`."""
    payment = Payment.objects.select_related("order").filter(pk=payment_id).first()
    if payment is None or not may_see(by, payment.order):
        raise PaymentNotFoundError
    return payment


def get_open_payment(number: str) -> Payment:
    """Return the open payment of the order with this number. Raises `PaymentNotFoundError`."""
    waiting = Payment.objects.filter(order__number=number, status=PaymentStatus.STARTED.value)
    payment = waiting.first()
    if payment is None:
        raise PaymentNotFoundError("This order has no payment in progress.")
    return payment


def list_refunds(order_id: int, *, by: "Actor | None") -> QuerySet[Refund]:
    """Return the refunds of an order. Raises `OrderNotFoundError`."""
    return Refund.objects.filter(payment__order=get_order(order_id, by=by))


def list_webhooks(by: "Actor | None") -> QuerySet[Webhook]:
    """Return the webhooks of `by`."""
    known = by is not None and by.is_authenticated
    return Webhook.objects.filter(owner_id=by.pk) if by and known else Webhook.objects.none()


def get_webhook(webhook_id: int, *, by: "Actor | None") -> Webhook:
    """Return one webhook of `by`. Raises `WebhookNotFoundError`."""
    webhook = list_webhooks(by).filter(pk=webhook_id).first()
    if webhook is None:
        raise WebhookNotFoundError
    return webhook


def list_deliveries(webhook_id: int, *, by: "Actor | None") -> QuerySet[WebhookDelivery]:
    """Return the deliveries of a webhook of `by`. Raises `WebhookNotFoundError`."""
    return WebhookDelivery.objects.filter(webhook=get_webhook(webhook_id, by=by))


def get_delivery(delivery_id: int, *, by: "Actor | None") -> WebhookDelivery:
    """Return one delivery to a webhook of `by`. Raises `DeliveryNotFoundError`."""
    own = WebhookDelivery.objects.filter(webhook__in=list_webhooks(by))
    delivery = own.filter(pk=delivery_id).first()
    if delivery is None:
        raise DeliveryNotFoundError
    return delivery


def _line(row: CartLine, currency: str | None) -> LineInCart:
    product = row.product
    problem: Problem | None = None
    if not product.is_published:
        problem = Problem.UNAVAILABLE
    elif product.stock == 0:
        problem = Problem.OUT_OF_STOCK
    elif product.stock < row.quantity:
        problem = Problem.TOO_FEW
    elif product.currency != currency:
        problem = Problem.CURRENCY
    return LineInCart(
        product=product.pk,
        sku=product.sku,
        name=product.name,
        price=product.price,
        currency=product.currency,
        quantity=row.quantity,
        total=product.price * row.quantity,
        problem=problem,
    )
