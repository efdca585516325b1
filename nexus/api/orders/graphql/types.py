"""Types of carts, orders and payments."""

from datetime import datetime
from decimal import Decimal

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from nexus.api.graphql.scalars import BigInt
from nexus.apps.orders import events, models, queries, shipping, states
from nexus.apps.orders.models import payments

__all__ = [
    "Cart",
    "CartLine",
    "Order",
    "OrderEvent",
    "OrderEventKind",
    "OrderLine",
    "OrderState",
    "Payment",
    "Refund",
    "ShippingMethod",
]

OrderState = strawberry.enum(states.OrderState, description="The state of an order.")
OrderEventKind = strawberry.enum(
    events.EventKind, name="OrderEventKind", description="The kind of an event of an order."
)
ShippingMethod = strawberry.enum(
    shipping.ShippingMethod, description="How fast an order is shipped."
)
CartProblem = strawberry.enum(
    queries.Problem, name="CartProblem", description="Why a line cannot be ordered as it is."
)
PaymentStatus = strawberry.enum(payments.PaymentStatus, description="The status of a payment.")
RefundStatus = strawberry.enum(payments.RefundStatus, description="The status of a refund.")


@strawberry.type(description="A product and its quantity, at the current price.")
class CartLine:
    """A line of a cart."""

    product: BigInt
    sku: str
    name: str
    price: Decimal
    currency: str
    quantity: int
    total: Decimal
    problem: CartProblem | None


@strawberry.type(description="The products that a user means to order.")
class Cart:
    """A cart."""

    lines: list[CartLine]
    currency: str | None
    total: Decimal
    can_be_ordered: bool


@strawberry_django.type(
    models.OrderLine, description="A product and its quantity, as it was when it was sold."
)
class OrderLine:
    """A line of an order."""

    product: BigInt = strawberry_django.field(field_name="product_id", only=["product_id"])
    merchant: BigInt | None = strawberry_django.field(
        field_name="merchant_id", only=["merchant_id"], description="Null: sold by the shop itself."
    )
    sku: strawberry.auto
    name: strawberry.auto
    price: Decimal
    quantity: int
    total: Decimal


@strawberry_django.type(models.Order, description="A purchase.")
class Order:
    """An order."""

    id: BigInt
    number: strawberry.auto
    state: OrderState
    buyer: BigInt = strawberry_django.field(field_name="buyer_id", only=["buyer_id"])
    merchant: BigInt | None = strawberry_django.field(
        field_name="merchant_id",
        only=["merchant_id"],
        description="The merchant who sold all of it; null for several merchants or the shop "
        "itself.",
    )
    lines: list[OrderLine]
    currency: strawberry.auto
    lines_total: Decimal
    shipping: Decimal
    total: Decimal
    paid: Decimal
    refunding: Decimal
    refunded: Decimal
    recipient: strawberry.auto
    street: strawberry.auto
    postal_code: strawberry.auto
    city: strawberry.auto
    country: strawberry.auto
    shipping_method: ShippingMethod
    carrier: strawberry.auto
    placed_at: datetime
    payable_until: datetime
    version: int


@strawberry_django.type(models.OrderEvent, description="One event of an order.")
class OrderEvent:
    """An event in the history of an order."""

    number: int
    kind: OrderEventKind
    amount: Decimal
    is_surplus: bool
    details: JSON
    actor: BigInt | None = strawberry_django.field(
        field_name="actor_id",
        only=["actor_id"],
        description="Null: a timer or the payment provider.",
    )
    at: datetime


@strawberry_django.type(models.Payment, description="One attempt to pay for an order.")
class Payment:
    """A payment."""

    id: BigInt
    order: BigInt = strawberry_django.field(field_name="order_id", only=["order_id"])
    provider: strawberry.auto
    reference: strawberry.auto
    status: PaymentStatus
    amount: Decimal
    currency: strawberry.auto
    received: Decimal
    returned: Decimal
    pay_url: strawberry.auto
    started_at: datetime
    ended_at: datetime | None


@strawberry_django.type(models.Refund, description="Money that is returned to the buyer.")
class Refund:
    """A refund."""

    id: BigInt
    payment: BigInt = strawberry_django.field(field_name="payment_id", only=["payment_id"])
    amount: Decimal
    reason: strawberry.auto
    status: RefundStatus
    requested_by: BigInt | None = strawberry_django.field(
        field_name="requested_by_id",
        only=["requested_by_id"],
        description="Null: refunded automatically, because the order did not need this money.",
    )
    requested_at: datetime
    ended_at: datetime | None
