"""Carts, orders, and the money for them."""

from nexus.api.graphql.orders.reads import OrdersQuery
from nexus.api.graphql.orders.types import (
    Cart,
    CartLine,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Refund,
)
from nexus.api.graphql.orders.writes import OrdersMutation

__all__ = [
    "Cart",
    "CartLine",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrdersMutation",
    "OrdersQuery",
    "Payment",
    "Refund",
]
