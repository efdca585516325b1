"""Webhooks: addresses that are notified of a merchant's orders, and the log of deliveries."""

from datetime import datetime

import strawberry
import strawberry_django
from strawberry.relay import Connection
from strawberry.scalars import JSON

from nexus.api.graphql.connections import paginate
from nexus.api.graphql.context import Info
from nexus.api.graphql.inputs import Values, takes
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import DEFAULT_PAGE_SIZE
from nexus.api.orders import inputs
from nexus.api.orders.graphql.types import OrderEventKind
from nexus.apps.orders import models, queries, services

__all__ = [
    "RegisteredWebhook",
    "Webhook",
    "WebhookDelivery",
    "WebhooksMutation",
    "WebhooksQuery",
]

DeliveryStatus = strawberry.enum(models.DeliveryStatus, description="The status of a delivery.")
EVENTS = {"events": OrderEventKind}


@strawberry_django.type(models.Webhook, description="An address that is notified of orders.")
class Webhook:
    """A webhook."""

    id: BigInt
    url: strawberry.auto
    events: list[OrderEventKind] = strawberry_django.field(
        description="The event types it receives; an empty list means all."
    )
    is_on: strawberry.auto
    failures: int = strawberry_django.field(description="Failed attempts in a row.")
    failing_since: datetime | None
    created_at: datetime


@strawberry.type(description="A new webhook and its secret.")
class RegisteredWebhook:
    """A webhook with its secret."""

    webhook: Webhook
    secret: str = strawberry.field(description="Shown only here. Messages are signed with it.")


@strawberry_django.type(
    models.WebhookDelivery,
    description="One message to a webhook and the result of its last attempt.",
)
class WebhookDelivery:
    """A delivery."""

    id: BigInt
    webhook: BigInt = strawberry_django.field(field_name="webhook_id", only=["webhook_id"])
    message_id: strawberry.auto
    payload: JSON = strawberry_django.field(description="The body of the message.")
    status: DeliveryStatus
    attempts: int
    status_code: int | None
    error: strawberry.auto
    duration_ms: int | None
    created_at: datetime
    next_at: datetime | None
    ended_at: datetime | None


@strawberry.type
class WebhooksQuery:
    """Queries of webhooks."""

    @strawberry.field(description="Your webhooks, newest first.")
    def webhooks(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Webhook]:
        rows = queries.list_webhooks(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One of your webhooks.")
    def webhook(self, info: Info, webhook_id: Id) -> Webhook | None:
        return queries.get_webhook(webhook_id, by=info.context.require_user())

    @strawberry.field(description="Deliveries of the last 30 days and pending ones.")
    def webhook_deliveries(
        self, info: Info, webhook: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[WebhookDelivery]:
        rows = queries.list_deliveries(webhook, by=info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One delivery to a webhook of yours.")
    def webhook_delivery(self, info: Info, delivery_id: Id) -> WebhookDelivery | None:
        return queries.get_delivery(delivery_id, by=info.context.require_user())


@strawberry.type
class WebhooksMutation:
    """Mutations of webhooks."""

    @strawberry.mutation(
        description="Register an address for events of orders that are entirely yours."
    )
    @takes(inputs.WebhookInput, enums=EVENTS)
    def register_webhook(self, info: Info, values: Values) -> RegisteredWebhook:
        return services.register_webhook(by=info.context.require_user(), **values)

    @strawberry.mutation(description="Change a webhook, or enable or disable it.")
    @takes(inputs.WebhookChangeInput, enums=EVENTS)
    def change_webhook(self, info: Info, webhook_id: Id, values: Values) -> Webhook:
        user = info.context.require_user()
        return services.change_webhook(webhook_id=webhook_id, by=user, **values)

    @strawberry.mutation(description="Delete a webhook and its log. Returns its id.")
    def delete_webhook(self, info: Info, webhook_id: Id) -> BigInt:
        services.delete_webhook(webhook_id=webhook_id, by=info.context.require_user())
        return webhook_id

    @strawberry.mutation(
        description="Replace the secret. For a day, messages are signed with the old one as well."
    )
    def rotate_webhook_secret(self, info: Info, webhook_id: Id) -> str:
        user = info.context.require_user()
        return services.rotate_webhook_secret(webhook_id=webhook_id, by=user)

    @strawberry.mutation(description="Send a message of type webhook.ping, once.")
    def ping_webhook(self, info: Info, webhook_id: Id) -> WebhookDelivery:
        return services.ping_webhook(webhook_id=webhook_id, by=info.context.require_user())

    @strawberry.mutation(description="Send a completed delivery again, with the same id.")
    def deliver_again(self, info: Info, delivery_id: Id) -> WebhookDelivery:
        return services.deliver_again(delivery_id=delivery_id, by=info.context.require_user())
