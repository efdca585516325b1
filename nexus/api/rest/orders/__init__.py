"""Carts, orders, and the money for them."""

from nexus.api.rest.orders.cart import (
    CartDetail,
    CartLineDetail,
    CartLineList,
    CartLineSerializer,
    CartSerializer,
)
from nexus.api.rest.orders.orders import (
    Checkout,
    ManagedOrderList,
    OrderCancellation,
    OrderDelivery,
    OrderDetail,
    OrderEventList,
    OrderEventSerializer,
    OrderLineSerializer,
    OrderList,
    OrderSerializer,
    OrderShipment,
)
from nexus.api.rest.orders.payments import (
    CallbackAnswerSerializer,
    OrderPaymentList,
    PaymentCallback,
    PaymentDetail,
    PaymentSerializer,
    RefundList,
    RefundSerializer,
)

__all__ = [
    "CallbackAnswerSerializer",
    "CartDetail",
    "CartLineDetail",
    "CartLineList",
    "CartLineSerializer",
    "CartSerializer",
    "Checkout",
    "ManagedOrderList",
    "OrderCancellation",
    "OrderDelivery",
    "OrderDetail",
    "OrderEventList",
    "OrderEventSerializer",
    "OrderLineSerializer",
    "OrderList",
    "OrderPaymentList",
    "OrderSerializer",
    "OrderShipment",
    "PaymentCallback",
    "PaymentDetail",
    "PaymentSerializer",
    "RefundList",
    "RefundSerializer",
]
