"""Webhooks of merchants: registered, changed, tried out and deleted by their owners."""

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
"""How many webhooks a merchant may have."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new webhook, and the secret that its messages are signed with, which is told once."""

    webhook: Webhook
    secret: str


@transaction.atomic
def register_webhook(*, url: str, by: "User", events: Sequence[EventKind] = ()) -> Registered:
    """Report an address of the orders that are all `by`'s; without `events`, of all that happens.

    Raises `WebhookNotAllowedError`, `AddressRefusedError`, `WebhooksFullError`.
    """
    if not may_sell(by):
        raise WebhookNotAllowedError
    check_address(url, policy=outgoing_policy())
    own = Webhook.objects.filter(owner=by)
    # Locked, and counted by a statement behind that: of two at one moment one counts the other.
    list(own.select_for_update())
    if own.count() >= MAX_WEBHOOKS:
        raise WebhooksFullError
    made = Webhook.objects.create(owner=by, url=url, events=_words(events))
    secret = give_webhook_secret(made)
    record("webhook.registered", by=by, of=made)
    return Registered(queries.get_webhook(made.pk, by=by), secret)


@transaction.atomic
def change_webhook(
    *,
    webhook_id: int,
    by: "Actor",
    url: str | None = None,
    events: Sequence[EventKind] | None = None,
    is_on: bool | None = None,
) -> Webhook:
    """Change a webhook; what is None stays. Switched on, it may fail as often as a new one.

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
    """Delete a webhook with its log; what waits for it is not sent.

    Raises `WebhookNotFoundError`.
    """
    webhook = queries.get_webhook(webhook_id, by=by)
    record("webhook.deleted", by=by, of=webhook)
    webhook.delete()


@transaction.atomic
def ping_webhook(*, webhook_id: int, by: "Actor") -> WebhookDelivery:
    """Send a webhook a message that tells of nothing, once, even while it is switched off.

    Raises `WebhookNotFoundError`, and `DeliveryWaitingError` while an earlier one is under way.
    """
    webhook = _locked(webhook_id, by)
    under_way = WebhookDelivery.objects.filter(
        webhook=webhook, event=None, status=DeliveryStatus.WAITING.value
    )
    if under_way.exists():
        raise DeliveryWaitingError
    record("webhook.pinged", by=by, of=webhook)
    return new_delivery(webhook, "webhook.ping", {"webhook": webhook.pk})


@transaction.atomic
def deliver_again(*, delivery_id: int, by: "Actor") -> WebhookDelivery:
    """Send a message that has ended once more, under the same id.

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
    rows = queries.list_webhooks(by).select_for_update(no_key=True)
    found = rows.filter(pk=webhook_id).first()
    if found is None:
        raise WebhookNotFoundError
    return found


def _words(events: Sequence[EventKind]) -> list[str]:
    return sorted({EventKind(event).value for event in events})
