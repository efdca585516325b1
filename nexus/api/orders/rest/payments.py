"""Payments, refunds, and what payment providers tell."""

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
    """Money that goes back."""

    payment = serializers.IntegerField(source="payment_id", read_only=True)
    requested_by = serializers.IntegerField(
        source="requested_by_id",
        allow_null=True,
        read_only=True,
        help_text="Null: the order did not want this money.",
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
    """What a provider tells; the sandbox's form."""

    type = serializers.CharField(help_text="payment.succeeded or payment.failed.")
    # The message has this word, and Django REST framework's stubs another meaning for it.
    data = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="reference, amount and currency."
    )


class CallbackAnswerSerializer(serializers.Serializer[Any]):
    """What came of a provider's message."""

    outcome = serializers.CharField()


class OrderPaymentList(Resource):
    """The attempts to pay for an order."""

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
        """Give the attempts to pay for an order, the first first."""
        return self.list_response(queries.list_payments(order_id, by=request.user))

    @write_operation(
        "Pay for an order",
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
        """Prepare an attempt to pay; the provider takes the money at `pay_url`, and tells us."""

        def act() -> tuple[Any, str]:
            made = services.start_payment(order_id=order_id, by=request.user)
            return self.get_serializer(made).data, reverse("api:payment", args=[made.pk])

        return create_once(request, {}, act)


class PaymentDetail(Resource):
    """One attempt to pay."""

    serializer_class = PaymentSerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Read a payment", PaymentSerializer, NotAuthenticatedError, errors.PaymentNotFoundError
    )
    def get(self, request: Request, payment_id: int) -> Response:
        """Give a payment to who may read its order."""
        return self.detail_response(queries.get_payment(payment_id, by=request.user))


class RefundList(Resource):
    """Money of an order that goes back."""

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
        """Give what of an order's money has gone or is to go back, the first first."""
        return self.list_response(queries.list_refunds(order_id, by=request.user))

    @write_operation(
        "Pay money of an order back",
        {201: RefundSerializer},
        *IDEMPOTENCY_ERRORS,
        errors.OrderNotFoundError,
        errors.OrderNotAllowedError,
        errors.RefundRefusedError,
        request=RefundInput,
        headers=[*IDEMPOTENCY_HEADERS, LOCATION],
    )
    def post(self, request: Request, order_id: int) -> HttpResponse:
        """Send some or all of the money back, as who looks after the order."""
        sent = self.validated_body(RefundInput)

        def act() -> tuple[Any, str]:
            made = services.refund_order(order_id=order_id, by=request.user, **sent)
            return self.get_serializer(made).data, reverse("api:refunds", args=[order_id])

        return create_once(request, sent, act)


SIGNED = tuple(
    OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=meaning)
    for name, meaning in (
        ("webhook-id", "The message's own id: a second one with it is answered and ignored."),
        ("webhook-timestamp", "The second in which it was sent; five minutes away is too far."),
        ("webhook-signature", "HMAC-SHA256 as Standard Webhooks has it, over the raw body too."),
    )
)


class PaymentCallback(Resource):
    """Where providers tell what became of a payment."""

    serializer_class = CallbackAnswerSerializer
    # The signature says who speaks; nobody logs in.
    authentication_classes = ()

    @write_operation(
        "Tell what became of a payment",
        {200: CallbackAnswerSerializer},
        errors.ProviderNotFoundError,
        SignatureError,
        request=MessageSerializer,
        headers=SIGNED,
    )
    def post(self, request: Request, provider: str) -> Response:
        """Act on a signed message, once; what is doubled, unknown or out of date is ignored."""
        sent = request._request  # noqa: SLF001 -- the signature is over the bytes, not what DRF reads
        outcome = services.receive_callback(provider=provider, body=sent.body, headers=sent.headers)
        return self.detail_response({"outcome": outcome})
