"""Queries of carts, orders and payments."""

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
    """Queries of orders."""

    @strawberry.field(description="Your cart, at current prices.")
    def cart(self, info: Info) -> Cart:
        return queries.get_cart(info.context.require_user())

    @strawberry.field(description="Your orders, newest first.")
    def own_orders(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Order]:
        rows = queries.list_own_orders(info.context.require_user()).prefetch_related(None)
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="The orders you sold, or every order for support, newest first.")
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

    @strawberry.field(description="One order, for its buyer, its seller and support.")
    def order(self, info: Info, order_id: Id) -> Order | None:
        return queries.get_order(order_id, by=info.context.require_user())

    @strawberry.field(description="The events of an order, oldest first.")
    def order_events(
        self, info: Info, order: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[OrderEvent]:
        rows = queries.list_events(order, by=info.context.require_user())
        return paginate(rows, info, order=("number",), first=first, after=after)

    @strawberry.field(description="The payments of an order, oldest first.")
    def order_payments(
        self, info: Info, order: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Payment]:
        rows = queries.list_payments(order, by=info.context.require_user())
        return paginate(rows, info, order=("id",), first=first, after=after)

    @strawberry.field(description="One payment, for those with access to its order.")
    def payment(self, info: Info, payment_id: Id) -> Payment | None:
        return queries.get_payment(payment_id, by=info.context.require_user())

    @strawberry.field(description="The refunds of an order, oldest first.")
    def order_refunds(
        self, info: Info, order: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Refund]:
        rows = queries.list_refunds(order, by=info.context.require_user())
        return paginate(rows, info, order=("id",), first=first, after=after)
