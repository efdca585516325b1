"""Orders, from checkout to delivery."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.authentication import current_user
from nexus.api.errors import NotAuthenticatedError
from nexus.api.inputs import PageParameters
from nexus.api.orders.inputs import CancelInput, CheckoutInput, ManagedParameters, ShipInput
from nexus.api.rest.idempotency import IDEMPOTENCY_ERRORS, IDEMPOTENCY_HEADERS, create_once
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.apps.orders import errors, queries, services
from nexus.apps.orders.models import Order, OrderEvent, OrderLine
from nexus.apps.orders.shipping import ShippingMethod
from nexus.apps.products.errors import OutOfStockError
from nexus.core.database.keyset import CursorError

__all__ = [
    "Checkout",
    "ManagedOrderList",
    "OrderCancellation",
    "OrderDelivery",
    "OrderDetail",
    "OrderEventList",
    "OrderEventSerializer",
    "OrderLineSerializer",
    "OrderList",
    "OrderSerializer",
    "OrderShipment",
]


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    """A product and its quantity, as it was when it was sold."""

    product = serializers.IntegerField(source="product_id", read_only=True)
    merchant = serializers.IntegerField(
        source="merchant_id",
        allow_null=True,
        read_only=True,
        help_text="Null: sold by the shop itself.",
    )
    total = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = OrderLine
        fields: ClassVar = ["product", "merchant", "sku", "name", "price", "quantity", "total"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    """A purchase."""

    buyer = serializers.IntegerField(source="buyer_id", read_only=True)
    merchant = serializers.IntegerField(
        source="merchant_id",
        allow_null=True,
        read_only=True,
        help_text="The merchant who sold all of it; null for several merchants or the shop itself.",
    )
    lines = OrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields: ClassVar = [
            "id",
            "number",
            "state",
            "buyer",
            "merchant",
            "lines",
            "currency",
            "lines_total",
            "shipping",
            "total",
            "paid",
            "refunding",
            "refunded",
            "recipient",
            "street",
            "postal_code",
            "city",
            "country",
            "shipping_method",
            "carrier",
            "placed_at",
            "payable_until",
            "version",
        ]


class OrderEventSerializer(serializers.ModelSerializer[OrderEvent]):
    """One event of an order."""

    actor = serializers.IntegerField(
        source="actor_id",
        allow_null=True,
        read_only=True,
        help_text="Null: a timer or the payment provider.",
    )
    details: serializers.Field[Any, Any, Any, Any] = serializers.DictField(read_only=True)

    class Meta:
        model = OrderEvent
        fields: ClassVar = ["number", "kind", "amount", "is_surplus", "details", "actor", "at"]


class Checkout(Resource):
    """The checkout of a cart."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Check out",
        {201: OrderSerializer},
        *IDEMPOTENCY_ERRORS,
        errors.CartEmptyError,
        errors.CartCurrencyError,
        OutOfStockError,
        errors.ShippingUnavailableError,
        errors.TotalChangedError,
        errors.QuoteForgedError,
        errors.QuoteForeignError,
        errors.QuoteExpiredError,
        errors.QuoteChangedError,
        request=CheckoutInput,
        headers=[*IDEMPOTENCY_HEADERS, LOCATION],
    )
    def post(self, request: Request) -> HttpResponse:
        """Order at current prices. Stock is reserved for 30 minutes, until the order is paid."""
        body = self.validated_body(CheckoutInput)

        def act() -> tuple[Any, str]:
            members = dict(body)
            method = ShippingMethod(members.pop("shipping_method"))
            expected_total, quote = members.pop("expected_total", None), members.pop("quote", "")
            order = services.place_order(
                address=services.Address(**members),
                shipping_method=method,
                expected_total=expected_total,
                quote=quote,
                by=current_user(request),
            )
            return self.get_serializer(order).data, reverse("api:order", args=[order.pk])

        return create_once(request, body, act)


class OrderList(Resource):
    """The current user's orders."""

    serializer_class = OrderSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List your orders",
        OrderSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the orders of the current user, newest first."""
        return self.list_response(queries.list_own_orders(request.user))


class ManagedOrderList(Resource):
    """The orders of a seller, or all orders for support."""

    serializer_class = OrderSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = ManagedParameters
    order = ("-id",)

    @read_operation(
        "List managed orders",
        OrderSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.OrderNotAllowedError,
        parameters=ManagedParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the orders that the current user sold, or all for support, newest first."""
        state = self.parameters.get("state", "")
        return self.list_response(queries.list_managed_orders(request.user, state=state))


class OrderDetail(Resource):
    """One order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Get an order", OrderSerializer, NotAuthenticatedError, errors.OrderNotFoundError
    )
    def get(self, request: Request, order_id: int) -> Response:
        """Return an order to its buyer, its seller and support."""
        return self.detail_response(queries.get_order(order_id, by=request.user))


class OrderEventList(Resource):
    """The history of an order."""

    serializer_class = OrderEventSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("number",)

    @read_operation(
        "List the events of an order",
        OrderEventSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.OrderNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, order_id: int) -> HttpResponse:
        """Return the events of an order, oldest first. The history is append-only."""
        return self.list_response(queries.list_events(order_id, by=request.user))


class OrderCancellation(Resource):
    """The cancellation of an order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Cancel an order",
        {200: OrderSerializer},
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.OrderStateError,
        request=CancelInput,
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Cancel an order before it is shipped. A payment is refunded."""
        body = self.validated_body(CancelInput)
        return self.detail_response(
            services.cancel_order(order_id=order_id, by=request.user, **body)
        )


class OrderShipment(Resource):
    """The shipment of an order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Mark an order as shipped",
        {200: OrderSerializer},
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.OrderStateError,
        request=ShipInput,
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Mark a paid order as shipped and notify the buyer. For its seller and support."""
        body = self.validated_body(ShipInput)
        return self.detail_response(services.ship_order(order_id=order_id, by=request.user, **body))


class OrderDelivery(Resource):
    """The delivery of an order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Mark an order as delivered",
        {200: OrderSerializer},
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.OrderStateError,
        request=None,
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Mark a shipped order as delivered. For its seller and support."""
        return self.detail_response(services.deliver_order(order_id=order_id, by=request.user))
