"""Reads of carts, orders and payments."""

import strawberry
from strawberry.relay import Connection

from nexus.api.graphql.connections import paginate
from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import enum_value
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import DEFAULT_PAGE_SIZE
from nexus.api.orders.graphql.types import Cart, Order, OrderEvent, OrderState, Payment, Refund
from nexus.apps.orders import queries

__all__ = ["OrdersQuery"]


@strawberry.type
class OrdersQuery:
    """Reads of orders."""

    @strawberry.field(description="One's own cart, at today's prices.")
    def cart(self, info: Info) -> Cart:
        return queries.get_cart(info.context.require_user())

    @strawberry.field(description="The orders that one placed, the newest first.")
    def own_orders(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Order]:
        rows = queries.list_own_orders(info.context.require_user()).prefetch_related(None)
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="What one sold, or for support every order, the newest first.")
    def managed_orders(
        self,
        info: Info,
        state: OrderState | None = None,
        first: int = DEFAULT_PAGE_SIZE,
        after: str = "",
    ) -> Connection[Order]:
        rows = queries.list_managed_orders(
            info.context.require_user(), state=enum_value(state) or ""
        )
        return paginate(rows.prefetch_related(None), info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One order, for its buyer and who looks after it.")
    def order(self, info: Info, order_id: Id) -> Order | None:
        return queries.get_order(order_id, by=info.context.require_user())

    @strawberry.field(description="All that happened to an order, the first first.")
    def order_events(
        self, info: Info, order: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[OrderEvent]:
        rows = queries.list_events(order, by=info.context.require_user())
        return paginate(rows, info, order=("number",), first=first, after=after)

    @strawberry.field(description="The attempts to pay for an order, the first first.")
    def order_payments(
        self, info: Info, order: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Payment]:
        rows = queries.list_payments(order, by=info.context.require_user())
        return paginate(rows, info, order=("id",), first=first, after=after)

    @strawberry.field(description="One attempt to pay, for who may read its order.")
    def payment(self, info: Info, payment_id: Id) -> Payment | None:
        return queries.get_payment(payment_id, by=info.context.require_user())

    @strawberry.field(description="What of an order's money goes back, the first first.")
    def order_refunds(
        self, info: Info, order: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Refund]:
        rows = queries.list_refunds(order, by=info.context.require_user())
        return paginate(rows, info, order=("id",), first=first, after=after)
