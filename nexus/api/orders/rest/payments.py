"""Payments, refunds and the callbacks of payment providers."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError
from nexus.api.inputs import PageParameters
from nexus.api.orders.inputs import RefundInput
from nexus.api.rest.idempotency import IDEMPOTENCY_ERRORS, IDEMPOTENCY_HEADERS, create_once
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.apps.orders import errors, queries, services
from nexus.apps.orders.models import Payment, Refund
from nexus.core.database.keyset import CursorError
from nexus.core.security.webhook_signatures import SignatureError

__all__ = [
    "CallbackAnswerSerializer",
    "OrderPaymentList",
    "PaymentCallback",
    "PaymentDetail",
    "PaymentSerializer",
    "RefundList",
    "RefundSerializer",
]


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """One attempt to pay for an order."""

    order = serializers.IntegerField(source="order_id", read_only=True)

    class Meta:
        model = Payment
        fields: ClassVar = [
            "id",
            "order",
            "provider",
            "reference",
            "status",
            "amount",
            "currency",
            "received",
            "returned",
            "pay_url",
            "started_at",
            "ended_at",
        ]


class RefundSerializer(serializers.ModelSerializer[Refund]):
    """Money that is returned to the buyer."""

    payment = serializers.IntegerField(source="payment_id", read_only=True)
    requested_by = serializers.IntegerField(
        source="requested_by_id",
        allow_null=True,
        read_only=True,
        help_text="Null: refunded automatically, because the order did not need this money.",
    )

    class Meta:
        model = Refund
        fields: ClassVar = [
            "id",
            "payment",
            "amount",
            "reason",
            "status",
            "requested_by",
            "requested_at",
            "ended_at",
        ]


class MessageSerializer(serializers.Serializer[Any]):
    """A provider's message, in the sandbox's format."""

    type = serializers.CharField(help_text="payment.succeeded or payment.failed.")
    # The message has this word, for which Django REST framework's stubs have another meaning.
    data = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="reference, amount and currency."
    )


class CallbackAnswerSerializer(serializers.Serializer[Any]):
    """The result of a provider's message."""

    outcome = serializers.CharField()


class OrderPaymentList(Resource):
    """The payments of an order."""

    serializer_class = PaymentSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("id",)

    @read_operation(
        "List the payments of an order",
        PaymentSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.OrderNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, order_id: int) -> HttpResponse:
        """Return the payments of an order, oldest first."""
        return self.list_response(queries.list_payments(order_id, by=request.user))

    @write_operation(
        "Start a payment",
        {201: PaymentSerializer},
        *IDEMPOTENCY_ERRORS,
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.OrderStateError,
        errors.PaymentsFullError,
        request=None,
        headers=[*IDEMPOTENCY_HEADERS, LOCATION],
    )
    def post(self, request: Request, order_id: int) -> HttpResponse:
        """Start a payment. The buyer pays at `pay_url`, and the provider reports the result."""

        def act() -> tuple[Any, str]:
            payment = services.start_payment(order_id=order_id, by=request.user)
            return self.get_serializer(payment).data, reverse("api:payment", args=[payment.pk])

        return create_once(request, {}, act)


class PaymentDetail(Resource):
    """One attempt to pay."""

    serializer_class = PaymentSerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Get a payment", PaymentSerializer, NotAuthenticatedError, errors.PaymentNotFoundError
    )
    def get(self, request: Request, payment_id: int) -> Response:
        """Return a payment to those with access to its order."""
        return self.detail_response(queries.get_payment(payment_id, by=request.user))


class RefundList(Resource):
    """The refunds of an order."""

    serializer_class = RefundSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("id",)

    @read_operation(
        "List the refunds of an order",
        RefundSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.OrderNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, order_id: int) -> HttpResponse:
        """Return the refunds of an order, oldest first."""
        return self.list_response(queries.list_refunds(order_id, by=request.user))

    @write_operation(
        "Refund an order",
        {201: RefundSerializer},
        *IDEMPOTENCY_ERRORS,
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.RefundRefusedError,
        request=RefundInput,
        headers=[*IDEMPOTENCY_HEADERS, LOCATION],
    )
    def post(self, request: Request, order_id: int) -> HttpResponse:
        """Refund an order, in full or in part. For its seller and support."""
        body = self.validated_body(RefundInput)

        def act() -> tuple[Any, str]:
            refund = services.refund_order(order_id=order_id, by=request.user, **body)
            return self.get_serializer(refund).data, reverse("api:refunds", args=[order_id])

        return create_once(request, body, act)


SIGNATURE_HEADERS = tuple(
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=meaning)
    for name, meaning in (
        (
            "webhook-id",
            "The id of the message. A second message with the same id is acknowledged and ignored.",
        ),
        ("webhook-timestamp", "The Unix time at which it was sent, at most five minutes ago."),
        ("webhook-signature", "An HMAC-SHA256 over the raw body, as in Standard Webhooks."),
    )
)


class PaymentCallback(Resource):
    """The callbacks of payment providers."""

    serializer_class = CallbackAnswerSerializer
    # The signature authenticates the provider; nobody logs in.
    authentication_classes = ()

    @write_operation(
        "Receive a payment callback",
        {200: CallbackAnswerSerializer},
        errors.ProviderNotFoundError,
        SignatureError,
        request=MessageSerializer,
        headers=SIGNATURE_HEADERS,
    )
    def post(self, request: Request, provider: str) -> Response:
        """Process a signed message once. Duplicate, unknown and outdated messages are ignored."""
        callback = request._request  # noqa: SLF001 -- the signature is over the bytes, not what DRF reads
        outcome = services.receive_callback(
            provider=provider, body=callback.body, headers=callback.headers
        )
        return self.detail_response({"outcome": outcome})
