"""Webhooks: addresses that are told of a merchant's orders, and what was sent to them."""

from datetime import datetime

import strawberry
import strawberry_django
from strawberry.relay import Connection
from strawberry.scalars import JSON

from nexus.api.graphql.connections import paginate
from nexus.api.graphql.context import Info
from nexus.api.graphql.enums import enum_value
from nexus.api.graphql.scalars import BigInt, Id
from nexus.api.inputs import DEFAULT_PAGE_SIZE, validate
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

DeliveryStatus = strawberry.enum(
    models.DeliveryStatus, description="What became of a message to a webhook."
)


@strawberry_django.type(models.Webhook, description="An address that is told of orders.")
class Webhook:
    """A webhook."""

    id: BigInt
    url: strawberry.auto
    events: list[OrderEventKind] = strawberry_django.field(
        description="What it is told of; an empty list stands for all that happens."
    )
    is_on: strawberry.auto
    failures: int = strawberry_django.field(description="How many attempts in a row have failed.")
    failing_since: datetime | None
    created_at: datetime


@strawberry.type(description="A new webhook and its secret.")
class RegisteredWebhook:
    """A webhook whose secret is told."""

    webhook: Webhook
    secret: str = strawberry.field(description="Told here alone; messages are signed with it.")


@strawberry_django.type(
    models.WebhookDelivery,
    description="One message to a webhook, and how its last attempt ended.",
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
    """Reads of webhooks."""

    @strawberry.field(description="One's own webhooks, the newest first.")
    def webhooks(
        self, info: Info, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[Webhook]:
        rows = queries.list_webhooks(info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One webhook, for its owner.")
    def webhook(self, info: Info, webhook_id: Id) -> Webhook | None:
        return queries.get_webhook(webhook_id, by=info.context.require_user())

    @strawberry.field(description="What was sent to a webhook in the last 30 days, and what waits.")
    def webhook_deliveries(
        self, info: Info, webhook: BigInt, first: int = DEFAULT_PAGE_SIZE, after: str = ""
    ) -> Connection[WebhookDelivery]:
        rows = queries.list_deliveries(webhook, by=info.context.require_user())
        return paginate(rows, info, order=("-id",), first=first, after=after)

    @strawberry.field(description="One message to a webhook, for its owner.")
    def webhook_delivery(self, info: Info, delivery_id: Id) -> WebhookDelivery | None:
        return queries.get_delivery(delivery_id, by=info.context.require_user())


@strawberry.type
class WebhooksMutation:
    """Writes of webhooks."""

    @strawberry.mutation(description="Tell an address of the orders that are all one's own.")
    def register_webhook(
        self, info: Info, *, url: str, events: list[OrderEventKind] | None = None
    ) -> RegisteredWebhook:
        user = info.context.require_user()
        sent = validate(inputs.WebhookInput, url=url, events=_words(events))
        return services.register_webhook(by=user, **sent)

    @strawberry.mutation(description="Change what is sent, or switch a webhook on or off.")
    def change_webhook(
        self,
        info: Info,
        webhook_id: Id,
        *,
        url: str | None = None,
        events: list[OrderEventKind] | None = None,
        is_on: bool | None = None,
    ) -> Webhook:
        user = info.context.require_user()
        sent = validate(inputs.WebhookChangeInput, url=url, events=_words(events), is_on=is_on)
        return services.change_webhook(webhook_id=webhook_id, by=user, **sent)

    @strawberry.mutation(description="Delete a webhook with its log; gives its id.")
    def delete_webhook(self, info: Info, webhook_id: Id) -> BigInt:
        services.delete_webhook(webhook_id=webhook_id, by=info.context.require_user())
        return webhook_id

    @strawberry.mutation(description="Sign with a new secret, and for a day with the earlier too.")
    def rotate_webhook_secret(self, info: Info, webhook_id: Id) -> str:
        user = info.context.require_user()
        return services.rotate_webhook_secret(webhook_id=webhook_id, by=user)

    @strawberry.mutation(description="Send a message of the type webhook.ping, once.")
    def ping_webhook(self, info: Info, webhook_id: Id) -> WebhookDelivery:
        return services.ping_webhook(webhook_id=webhook_id, by=info.context.require_user())

    @strawberry.mutation(description="Send a message that has ended once more, under its id.")
    def deliver_again(self, info: Info, delivery_id: Id) -> WebhookDelivery:
        return services.deliver_again(delivery_id=delivery_id, by=info.context.require_user())


def _words(events: list[OrderEventKind] | None) -> list[str | None] | None:
    return None if events is None else [enum_value(event) for event in events]
