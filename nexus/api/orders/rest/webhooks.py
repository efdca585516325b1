"""Webhooks: addresses that are told of a merchant's orders, and what was sent to them.

Each message is signed as Standard Webhooks has it. What is made here takes no Idempotency-Key: an
answer that is kept to be repeated would keep the secret in it readable.
"""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from nexus.api.errors import NotAuthenticatedError
from nexus.api.inputs import PageParameters
from nexus.api.orders.inputs import WebhookChangeInput, WebhookInput
from nexus.api.orders.rest.cart import person
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

UNSTORED = {"Cache-Control": "no-store"}


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """An address that is told of orders."""

    events = serializers.ListField(
        child=serializers.ChoiceField([kind.value for kind in EventKind]),
        read_only=True,
        help_text="What it is told of; an empty list stands for all that happens.",
    )
    failures = serializers.IntegerField(
        read_only=True, help_text="How many attempts in a row have failed."
    )

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
    secret = serializers.CharField(help_text="Told here alone; messages are signed with it.")


class SecretSerializer(serializers.Serializer[Any]):
    """A new secret."""

    secret = serializers.CharField(help_text="Told here alone; messages are signed with it.")


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One message to a webhook, and how its last attempt ended."""

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
    """The webhooks of who asks."""

    serializer_class = WebhookSerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "List one's own webhooks",
        WebhookSerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        parameters=PageParameters,
    )
    def get(self, request: Request) -> HttpResponse:
        """Give the caller's webhooks, the newest first."""
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
        """Tell an address of the orders that are all the caller's; the secret is shown once."""
        made = services.register_webhook(by=person(request), **self.validated_body(WebhookInput))
        address = reverse("api:webhook", args=[made.webhook.pk])
        return Response(
            RegisteredSerializer(made).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address, **UNSTORED},
        )


class WebhookDetail(Resource):
    """One webhook."""

    serializer_class = WebhookSerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Read a webhook", WebhookSerializer, NotAuthenticatedError, errors.WebhookNotFoundError
    )
    def get(self, request: Request, webhook_id: int) -> Response:
        """Give a webhook to its owner."""
        return self.detail_response(queries.get_webhook(webhook_id, by=request.user))

    @write_operation(
        "Change a webhook",
        {200: WebhookSerializer},
        errors.WebhookNotFoundError,
        AddressRefusedError,
        request=WebhookChangeInput,
    )
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Change what is sent, or switch the webhook on or off."""
        sent = self.validated_body(WebhookChangeInput)
        return self.detail_response(
            services.change_webhook(webhook_id=webhook_id, by=request.user, **sent)
        )

    @write_operation("Delete a webhook", {204: None}, errors.WebhookNotFoundError, request=None)
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Delete a webhook with its log; what waits for it is not sent."""
        services.delete_webhook(webhook_id=webhook_id, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookSecret(Resource):
    """The secret of a webhook."""

    serializer_class = SecretSerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Make a new secret for a webhook",
        {200: SecretSerializer},
        errors.WebhookNotFoundError,
        request=None,
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Sign with a new secret, shown once, and for a day with the earlier one as well."""
        made = services.rotate_webhook_secret(webhook_id=webhook_id, by=person(request))
        return self.detail_response({"secret": made}, headers=UNSTORED)


class WebhookPing(Resource):
    """A message that tells of nothing."""

    serializer_class = DeliverySerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Send a webhook a ping",
        {201: DeliverySerializer},
        errors.WebhookNotFoundError,
        errors.DeliveryWaitingError,
        request=None,
        headers=[LOCATION],
    )
    def post(self, request: Request, webhook_id: int) -> Response:
        """Send a message of the type `webhook.ping`, once, also while the webhook is off."""
        made = services.ping_webhook(webhook_id=webhook_id, by=request.user)
        address = reverse("api:webhook-delivery", args=[made.pk])
        return self.detail_response(
            made, status=status.HTTP_201_CREATED, headers={"Location": address}
        )


class WebhookDeliveryList(Resource):
    """What was sent to a webhook."""

    serializer_class = DeliverySerializer
    pagination_class = KeysetPagination
    permission_classes = (IsAuthenticated,)
    parameters_class = PageParameters
    order = ("-id",)

    @read_operation(
        "Read the log of a webhook",
        DeliverySerializer(many=True),
        CursorError,
        NotAuthenticatedError,
        errors.WebhookNotFoundError,
        parameters=PageParameters,
    )
    def get(self, request: Request, webhook_id: int) -> HttpResponse:
        """Give what was sent in the last 30 days and what waits, the newest first."""
        return self.list_response(queries.list_deliveries(webhook_id, by=request.user))


class WebhookDeliveryDetail(Resource):
    """One message to a webhook."""

    serializer_class = DeliverySerializer
    permission_classes = (IsAuthenticated,)

    @read_operation(
        "Read a delivery of a webhook",
        DeliverySerializer,
        NotAuthenticatedError,
        errors.DeliveryNotFoundError,
    )
    def get(self, request: Request, delivery_id: int) -> Response:
        """Give one message to the owner of its webhook."""
        return self.detail_response(queries.get_delivery(delivery_id, by=request.user))


class WebhookRedelivery(Resource):
    """A message that is sent again."""

    serializer_class = DeliverySerializer
    permission_classes = (IsAuthenticated,)

    @write_operation(
        "Deliver a message again",
        {200: DeliverySerializer},
        errors.DeliveryNotFoundError,
        errors.DeliveryWaitingError,
        errors.WebhookOffError,
        request=None,
    )
    def post(self, request: Request, delivery_id: int) -> Response:
        """Send a message that has ended once more, under the same id."""
        return self.detail_response(
            services.deliver_again(delivery_id=delivery_id, by=request.user)
        )
