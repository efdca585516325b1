"""Orders, from checkout to delivery."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError
from nexus.api.inputs import PageParameters
from nexus.api.orders.inputs import CancelInput, CheckoutInput, ManagedParameters, ShipInput
from nexus.api.orders.rest.cart import person
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
    """Some pieces of a product, as it was when they were sold."""

    product = serializers.IntegerField(source="product_id", read_only=True)
    merchant = serializers.IntegerField(
        source="merchant_id", allow_null=True, read_only=True, help_text="Null: the house itself."
    )
    total = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = OrderLine
        fields: ClassVar = ["product", "merchant", "sku", "name", "price", "quantity", "total"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    """What somebody bought."""

    buyer = serializers.IntegerField(source="buyer_id", read_only=True)
    merchant = serializers.IntegerField(
        source="merchant_id",
        allow_null=True,
        read_only=True,
        help_text="Who sold all of it; null where several did, or the house.",
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
    """One thing that happened to an order."""

    actor = serializers.IntegerField(
        source="actor_id",
        allow_null=True,
        read_only=True,
        help_text="Null: a timer, or the payment provider.",
    )
    details: serializers.Field[Any, Any, Any, Any] = serializers.DictField(read_only=True)

    class Meta:
        model = OrderEvent
        fields: ClassVar = ["number", "kind", "amount", "is_surplus", "details", "actor", "at"]


class Checkout(Resource):
    """From a cart to an order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Order what is in one's cart",
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
        """Order at the prices of now; stock is taken, and kept for 30 minutes until it is paid."""
        sent = self.validated_body(CheckoutInput)

        def act() -> tuple[Any, str]:
            wanted = dict(sent)
            method = ShippingMethod(wanted.pop("shipping_method"))
            expected, quote = wanted.pop("expected_total", None), wanted.pop("quote", "")
            made = services.place_order(
                address=services.Address(**wanted),
                shipping_method=method,
                expected_total=expected,
                quote=quote,
                by=person(request),
            )
            return self.get_serializer(made).data, reverse("api:order", args=[made.pk])

        return create_once(request, sent, act)


class OrderList(Resource):
    """What one bought."""

    serializer_class = OrderSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List one's own orders",
        OrderSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Give the orders that the caller placed, the newest first."""
        return self.list_response(queries.list_own_orders(request.user))


class ManagedOrderList(Resource):
    """What one looks after."""

    serializer_class = OrderSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = ManagedParameters
    order = ("-id",)

    @read_operation(
        "List the orders one looks after",
        OrderSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.OrderNotAllowedError,
        parameters=ManagedParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Give what the caller sold, or to support every order, the newest first."""
        state = self.parameters.get("state", "")
        return self.list_response(queries.list_managed_orders(request.user, state=state))


class OrderDetail(Resource):
    """One order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Read an order", OrderSerializer, NotAuthenticatedError, errors.OrderNotFoundError
    )
    def get(self, request: Request, order_id: int) -> Response:
        """Give an order to its buyer and to who looks after it."""
        return self.detail_response(queries.get_order(order_id, by=request.user))


class OrderEventList(Resource):
    """The history of an order."""

    serializer_class = OrderEventSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("number",)

    @read_operation(
        "Read the history of an order",
        OrderEventSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.OrderNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, order_id: int) -> HttpResponse:
        """Give all that happened to an order, the first first; it is only ever added to."""
        return self.list_response(queries.list_events(order_id, by=request.user))


class OrderCancellation(Resource):
    """The cancellation of an order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Cancel an order",
        {200: OrderSerializer},
        errors.OrderNotFoundError,
        errors.OrderStateError,
        request=CancelInput,
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Give an order up before it is shipped; what was paid goes back."""
        sent = self.validated_body(CancelInput)
        return self.detail_response(
            services.cancel_order(order_id=order_id, by=request.user, **sent)
        )


class OrderShipment(Resource):
    """The shipment of an order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Say that an order has left",
        {200: OrderSerializer},
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.OrderStateError,
        request=ShipInput,
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Say that a paid order has left, as who looks after it; its buyer gets a mail."""
        sent = self.validated_body(ShipInput)
        return self.detail_response(services.ship_order(order_id=order_id, by=request.user, **sent))


class OrderDelivery(Resource):
    """The delivery of an order."""

    serializer_class = OrderSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Say that an order has arrived",
        {200: OrderSerializer},
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.OrderStateError,
        request=None,
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Say that a shipped order has arrived, as who looks after it."""
        return self.detail_response(services.deliver_order(order_id=order_id, by=request.user))
