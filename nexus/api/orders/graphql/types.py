"""What carts, orders and payments look like."""

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

OrderState = strawberry.enum(states.OrderState, description="Where an order stands.")
OrderEventKind = strawberry.enum(
    events.EventKind, name="OrderEventKind", description="What happened to an order."
)
ShippingMethod = strawberry.enum(shipping.ShippingMethod, description="How fast an order travels.")
CartProblem = strawberry.enum(
    queries.Problem, name="CartProblem", description="Why a line cannot be ordered like this."
)
PaymentStatus = strawberry.enum(
    payments.PaymentStatus, description="What became of an attempt to pay."
)
RefundStatus = strawberry.enum(payments.RefundStatus, description="Whether money has gone back.")


@strawberry.type(description="Some pieces of a product, at today's price.")
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


@strawberry.type(description="What a person means to order.")
class Cart:
    """A cart."""

    lines: list[CartLine]
    currency: str | None
    total: Decimal
    can_be_ordered: bool


@strawberry_django.type(
    models.OrderLine, description="Some pieces of a product, as it was when they were sold."
)
class OrderLine:
    """A line of an order."""

    product: BigInt = strawberry_django.field(field_name="product_id", only=["product_id"])
    merchant: BigInt | None = strawberry_django.field(
        field_name="merchant_id", only=["merchant_id"], description="Null: the house itself."
    )
    sku: strawberry.auto
    name: strawberry.auto
    price: Decimal
    quantity: int
    total: Decimal


@strawberry_django.type(models.Order, description="What somebody bought.")
class Order:
    """An order."""

    id: BigInt
    number: strawberry.auto
    state: OrderState
    buyer: BigInt = strawberry_django.field(field_name="buyer_id", only=["buyer_id"])
    merchant: BigInt | None = strawberry_django.field(
        field_name="merchant_id",
        only=["merchant_id"],
        description="Who sold all of it; null where several did, or the house.",
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


@strawberry_django.type(models.OrderEvent, description="One thing that happened to an order.")
class OrderEvent:
    """An event of an order's history."""

    number: int
    kind: OrderEventKind
    amount: Decimal
    is_surplus: bool
    details: JSON
    actor: BigInt | None = strawberry_django.field(
        field_name="actor_id",
        only=["actor_id"],
        description="Null: a timer, or the payment provider.",
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


@strawberry_django.type(models.Refund, description="Money that goes back.")
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
        description="Null: the order did not want this money.",
    )
    requested_at: datetime
    ended_at: datetime | None
