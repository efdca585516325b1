"""Webhooks: addresses that are notified of a merchant's orders, and the log of deliveries.

Each message is signed as in Standard Webhooks. Creating a webhook takes no Idempotency-Key: a
stored response would keep the secret readable.
"""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.authentication import current_user
from nexus.api.errors import NotAuthenticatedError
from nexus.api.inputs import PageParameters
from nexus.api.orders.inputs import WebhookChangeInput, WebhookInput
from nexus.api.rest.operations import LOCATION, read_operation, write_operation
from nexus.api.rest.pagination import KeysetPagination
from nexus.api.rest.resource import Resource
from nexus.apps.orders import errors, queries, services
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models import Webhook, WebhookDelivery
from nexus.core.database.keyset import CursorError
from nexus.core.security.outbound_http import AddressRefusedError

__all__ = [
    "DeliverySerializer",
    "RegisteredSerializer",
    "SecretSerializer",
    "WebhookDeliveryDetail",
    "WebhookDeliveryList",
    "WebhookDetail",
    "WebhookList",
    "WebhookPing",
    "WebhookRedelivery",
    "WebhookSecret",
    "WebhookSerializer",
]

NO_STORE = {"Cache-Control": "no-store"}


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """An address that is notified of orders."""

    events = serializers.ListField(
        child=serializers.ChoiceField([kind.value for kind in EventKind]),
        read_only=True,
        help_text="The event types it receives; an empty list means all.",
    )
    failures = serializers.IntegerField(read_only=True, help_text="Failed attempts in a row.")

    class Meta:
        model = Webhook
        fields: ClassVar = [
            "id",
            "url",
            "events",
            "is_on",
            "failures",
            "failing_since",
            "created_at",
        ]


class RegisteredSerializer(serializers.Serializer[services.Registered]):
    """A new webhook and its secret."""

    webhook = WebhookSerializer()
    secret = serializers.CharField(help_text="Shown only here. Messages are signed with it.")


class SecretSerializer(serializers.Serializer[Any]):
    """A new secret."""

    secret = serializers.CharField(help_text="Shown only here. Messages are signed with it.")


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One message to a webhook and the result of its last attempt."""

    webhook = serializers.IntegerField(source="webhook_id", read_only=True)
    payload: serializers.Field[Any, Any, Any, Any] = serializers.DictField(
        read_only=True, help_text="The body of the message."
    )

    class Meta:
        model = WebhookDelivery
        fields: ClassVar = [
            "id",
            "webhook",
            "message_id",
            "payload",
            "status",
            "attempts",
            "status_code",
            "error",
            "duration_ms",
            "created_at",
            "next_at",
            "ended_at",
        ]


class WebhookList(Resource):
    """The current user's webhooks."""

    serializer_class = WebhookSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List your webhooks",
        WebhookSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the webhooks of the current user, newest first."""
        return self.list_response(queries.list_webhooks(request.user))

    @write_operation(
        "Register a webhook",
        {201: RegisteredSerializer},
        errors.WebhookNotAllowedError,
        errors.WebhooksFullError,
        AddressRefusedError,
        request=WebhookInput,
        headers=[LOCATION],
    )
    def post(self, request: Request) -> Response:
        """Register an address for events of orders that are entirely yours. Returns a secret."""
        registered = services.register_webhook(
            by=current_user(request), **self.validated_body(WebhookInput)
        )
        address = reverse("api:webhook", args=[registered.webhook.pk])
        return Response(
            RegisteredSerializer(registered).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address, **NO_STORE},
        )


class WebhookDetail(Resource):
    """One webhook."""

    serializer_class = WebhookSerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Get a webhook", WebhookSerializer, NotAuthenticatedError, errors.WebhookNotFoundError
    )
    def get(self, request: Request, webhook_id: int) -> Response:
        """Return a webhook to its owner."""
        return self.detail_response(queries.get_webhook(webhook_id, by=request.user))

    @write_operation(
        "Change a webhook",
        {200: WebhookSerializer},
        errors.WebhookNotFoundError,
        AddressRefusedError,
        request=WebhookChangeInput,
    )
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Change a webhook, or enable or disable it."""
        body = self.validated_body(WebhookChangeInput)
        return self.detail_response(
            services.change_webhook(webhook_id=webhook_id, by=request.user, **body)
        )

    @write_operation("Delete a webhook", {204: None}, errors.WebhookNotFoundError, request=None)
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Delete a webhook and its log. Pending messages are not sent."""
        services.delete_webhook(webhook_id=webhook_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookSecret(Resource):
    """The secret of a webhook."""

    serializer_class = SecretSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Replace the secret of a webhook",
        {200: SecretSerializer},
        errors.WebhookNotFoundError,
        request=None,
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Return a new secret, once. For a day, messages are signed with the old one as well."""
        secret = services.rotate_webhook_secret(webhook_id=webhook_id, by=current_user(request))
        return self.detail_response({"secret": secret}, headers=NO_STORE)


class WebhookPing(Resource):
    """A test message."""

    serializer_class = DeliverySerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Ping a webhook",
        {201: DeliverySerializer},
        errors.WebhookNotFoundError,
        errors.DeliveryWaitingError,
        request=None,
        headers=[LOCATION],
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Send a message of type `webhook.ping`, once, even if the webhook is disabled."""
        delivery = services.ping_webhook(webhook_id=webhook_id, by=request.user)
        address = reverse("api:webhook-delivery", args=[delivery.pk])
        return self.detail_response(
            delivery, status=status.HTTP_201_CREATED, headers={"Location": address}
        )


class WebhookDeliveryList(Resource):
    """The deliveries to a webhook."""

    serializer_class = DeliverySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List the deliveries to a webhook",
        DeliverySerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.WebhookNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, webhook_id: int) -> HttpResponse:
        """Return the deliveries of the last 30 days and pending ones, newest first."""
        return self.list_response(queries.list_deliveries(webhook_id, by=request.user))


class WebhookDeliveryDetail(Resource):
    """One message to a webhook."""

    serializer_class = DeliverySerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Get a delivery",
        DeliverySerializer,
        NotAuthenticatedError,
        errors.DeliveryNotFoundError,
    )
    def get(self, request: Request, delivery_id: int) -> Response:
        """Return a delivery to the owner of its webhook."""
        return self.detail_response(queries.get_delivery(delivery_id, by=request.user))


class WebhookRedelivery(Resource):
    """A repeated delivery."""

    serializer_class = DeliverySerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Redeliver a message",
        {200: DeliverySerializer},
        errors.DeliveryNotFoundError,
        errors.DeliveryWaitingError,
        errors.WebhookOffError,
        request=None,
    )
    def post(self, request: Request, delivery_id: int) -> Response:
        """Send a completed delivery again, with the same id."""
        return self.detail_response(
            services.deliver_again(delivery_id=delivery_id, by=request.user)
        )
