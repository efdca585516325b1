"""Webhooks of merchants: registered, changed, tested and deleted by their owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from nexus.apps.orders import queries
from nexus.apps.orders.errors import (
    DeliveryWaitingError,
    WebhookNotAllowedError,
    WebhookNotFoundError,
    WebhookOffError,
    WebhooksFullError,
)
from nexus.apps.orders.events import EventKind
from nexus.apps.orders.models import DeliveryStatus, Webhook, WebhookDelivery
from nexus.apps.orders.permissions import may_sell
from nexus.apps.orders.services.deliveries import begin_series, new_delivery, outgoing_policy
from nexus.apps.orders.services.secrets import give_webhook_secret
from nexus.core.audit.services import record
from nexus.core.database.locks import get_for_update
from nexus.core.security.outbound_http import check_address

if TYPE_CHECKING:
    from nexus.apps.users.actors import Actor
    from nexus.apps.users.models import User


__all__ = [
    "MAX_WEBHOOKS",
    "Registered",
    "change_webhook",
    "delete_webhook",
    "deliver_again",
    "ping_webhook",
    "register_webhook",
]

MAX_WEBHOOKS = 10
"""The maximum number of webhooks of a merchant."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new webhook, and its signing secret, which is shown only once."""

    webhook: Webhook
    secret: str


@transaction.atomic
def register_webhook(*, url: str, by: "User", events: Sequence[EventKind] = ()) -> Registered:
    """Register a URL for the order events of the merchant `by`; without `events`, for all of them.

    Raises `WebhookNotAllowedError`, `AddressRefusedError`, `WebhooksFullError`.
    """
    if not may_sell(by):
        raise WebhookNotAllowedError
    check_address(url, policy=outgoing_policy())
    own = Webhook.objects.filter(owner=by)
    # Lock first, count in a later statement: of two concurrent requests, one counts the other's.
    list(own.select_for_update())
    if own.count() >= MAX_WEBHOOKS:
        raise WebhooksFullError
    webhook = Webhook.objects.create(owner=by, url=url, events=_words(events))
    secret = give_webhook_secret(webhook)
    record("webhook.registered", by=by, of=webhook)
    return Registered(queries.get_webhook(webhook.pk, by=by), secret)


@transaction.atomic
def change_webhook(
    *,
    webhook_id: int,
    by: "Actor",
    url: str | None = None,
    events: Sequence[EventKind] | None = None,
    is_on: bool | None = None,
) -> Webhook:
    """Change a webhook; None leaves a value as it is. Enabling it resets its failure count.

    Raises `WebhookNotFoundError`, `AddressRefusedError`.
    """
    webhook = _locked(webhook_id, by)
    if url is not None:
        check_address(url, policy=outgoing_policy())
        webhook.url = url
    if events is not None:
        webhook.events = _words(events)
    if is_on is not None:
        webhook.is_on = is_on
    if is_on:
        webhook.failures, webhook.failing_since, webhook.paused_until = 0, None, None
    webhook.save()
    record("webhook.changed", by=by, of=webhook, is_on=webhook.is_on)
    return webhook


@transaction.atomic
def delete_webhook(*, webhook_id: int, by: "Actor") -> None:
    """Delete a webhook with its log; pending messages are not sent.

    Raises `WebhookNotFoundError`.
    """
    webhook = queries.get_webhook(webhook_id, by=by)
    record("webhook.deleted", by=by, of=webhook)
    webhook.delete()


@transaction.atomic
def ping_webhook(*, webhook_id: int, by: "Actor") -> WebhookDelivery:
    """Send a test message to a webhook, once, even if the webhook is disabled.

    Raises `WebhookNotFoundError`, and `DeliveryWaitingError` while an earlier ping is pending.
    """
    webhook = _locked(webhook_id, by)
    pending = WebhookDelivery.objects.filter(
        webhook=webhook, event=None, status=DeliveryStatus.WAITING.value
    )
    if pending.exists():
        raise DeliveryWaitingError
    record("webhook.pinged", by=by, of=webhook)
    return new_delivery(webhook, "webhook.ping", {"webhook": webhook.pk})


@transaction.atomic
def deliver_again(*, delivery_id: int, by: "Actor") -> WebhookDelivery:
    """Send a finished message again, under the same id.

    Raises `DeliveryNotFoundError`, `DeliveryWaitingError`, `WebhookOffError`.
    """
    delivery = queries.get_delivery(delivery_id, by=by)
    delivery = WebhookDelivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.status == DeliveryStatus.WAITING.value:
        raise DeliveryWaitingError
    if not (delivery.webhook.is_on or delivery.event_id is None):
        raise WebhookOffError
    begin_series(delivery)
    record("webhook.redelivered", by=by, of=delivery.webhook, delivery=delivery.pk)
    return delivery


def _locked(webhook_id: int, by: "Actor") -> Webhook:
    return get_for_update(queries.list_webhooks(by), WebhookNotFoundError, pk=webhook_id)


def _words(events: Sequence[EventKind]) -> list[str]:
    return sorted({EventKind(event).value for event in events})
