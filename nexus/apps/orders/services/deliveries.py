"""Messages to webhooks: one for each event, sent after the commit, and retried until accepted.

Each message is a row, which also serves as the log, and each attempt is an outbox message. The
result of an attempt is written in the transaction that marks the outbox message as handled. If a
worker dies while sending, neither is committed, and the attempt is repeated under the same id.
Delivery is therefore at least once, and the receiver detects duplicates by `webhook-id`. Messages
may arrive out of order: `data.event.number` counts the events of an order.
"""

import json
import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Now
from django.utils import timezone

from nexus.apps.orders.events import DELIVERY_WANTED, ORDER_CHANGED, WEBHOOK_SWITCHED_OFF
from nexus.apps.orders.models import DeliveryStatus, OrderEvent, Webhook, WebhookDelivery
from nexus.apps.orders.permissions import may_sell
from nexus.apps.orders.services.secrets import secrets_of_webhook
from nexus.core.audit.services import record
from nexus.core.outbox.events import handles
from nexus.core.outbox.services import publish, publish_later
from nexus.core.security.outbound_http import AddressRefusedError, Policy, UnreachableError, post
from nexus.core.security.webhook_signatures import sign

__all__ = [
    "attempt_delivery",
    "begin_series",
    "delete_old_deliveries",
    "new_delivery",
    "outgoing_policy",
    "queue_deliveries",
]

TIMEOUT_S = 5
"""How long a receiver may take: it should store the message and do the work later."""
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Delays between attempts: with the first, eight attempts within 28 hours."""
MAX_FAILURES, FAILING_FOR = 20, timedelta(hours=1)
"""A webhook is disabled after this many consecutive failed attempts, but not within an hour of the
first: many orders during a receiver's restart are no reason to disable it."""
# A receiver that hangs blocks a worker until the timeout: after some failures only one message per
# pause tests whether it is back, and the others are postponed without an attempt.
PAUSED_FROM, PAUSE = 3, timedelta(seconds=30)
KEPT = timedelta(days=30)

log = structlog.get_logger()


@handles(ORDER_CHANGED)
@transaction.atomic
def queue_deliveries(event_id: int) -> int:
    """Create a message for each webhook that subscribes to an event, and return their number."""
    event = OrderEvent.objects.select_related("order__merchant").get(pk=event_id)
    merchant = event.order.merchant
    if merchant is None or not may_sell(merchant):
        return 0
    subscribed = Q(events=[]) | Q(events__contains=[event.kind])
    hooks = list(Webhook.objects.filter(subscribed, owner=merchant, is_on=True).order_by("pk"))
    for hook in hooks:
        new_delivery(hook, f"order.{event.kind}", _payload(event), event=event)
    return len(hooks)


def new_delivery(
    webhook: Webhook, kind: str, data: Mapping[str, Any], *, event: OrderEvent | None = None
) -> WebhookDelivery:
    """Create a message that is sent after the commit; without an event it is a ping."""
    moment = event.at if event else timezone.now()
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        event=event,
        message_id=f"msg_{uuid.uuid4().hex}",
        payload={"type": kind, "timestamp": moment.isoformat(), "data": dict(data)},
        next_at=timezone.now(),
    )
    publish(DELIVERY_WANTED, delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def begin_series(delivery: WebhookDelivery) -> None:
    """Start another series of attempts for a finished message. The caller holds its row lock."""
    delivery.status, delivery.tries = DeliveryStatus.WAITING.value, 0
    delivery.next_at, delivery.ended_at = timezone.now(), None
    delivery.save(update_fields=["status", "tries", "next_at", "ended_at"])
    publish(DELIVERY_WANTED, delivery_id=delivery.pk)


# anchor: attempt
@handles(DELIVERY_WANTED)
@transaction.atomic
def attempt_delivery(delivery_id: int) -> None:
    """Send a waiting message, store the result, and schedule a retry if it failed."""
    rows = WebhookDelivery.objects.select_related("webhook__owner")
    waiting = rows.select_for_update(of=("self",), no_key=True).filter(
        pk=delivery_id, status=DeliveryStatus.WAITING.value
    )
    delivery = waiting.first()
    if delivery is None:
        return
    hook, is_ping = delivery.webhook, delivery.event_id is None
    if not is_ping and not (hook.is_on and may_sell(hook.owner)):
        _end(delivery, DeliveryStatus.FAILED, error="The webhook is disabled.")
        return
    pause = hook.paused_until - timezone.now() if hook.paused_until else timedelta(0)
    if not is_ping and pause > timedelta(0):
        _plan(delivery, pause)
        return
    started_s = time.monotonic()
    code, error = _send(delivery)
    delivery.status_code = code
    delivery.duration_ms = round((time.monotonic() - started_s) * 1000)
    delivery.attempts, delivery.tries = delivery.attempts + 1, delivery.tries + 1
    if not error:
        _end(delivery, DeliveryStatus.DELIVERED)
    elif is_ping or delivery.tries > len(WAITS):
        _end(delivery, DeliveryStatus.FAILED, error=error)
    else:
        delivery.error = error
        _plan(delivery, WAITS[delivery.tries - 1])
    if not is_ping:
        _count(hook.pk, failed=bool(error), is_gone=code == HTTPStatus.GONE)


# end: attempt


def outgoing_policy() -> Policy:
    """Return the policy for webhook URLs in this deployment."""
    return Policy(plain_http=settings.EMBEDDED, loopback=settings.WEBHOOKS_LOOPBACK)


def delete_old_deliveries() -> int:
    """Delete finished messages older than 30 days, and return their number."""
    old = WebhookDelivery.objects.filter(created_at__lt=Now() - Value(KEPT))
    return old.exclude(status=DeliveryStatus.WAITING.value).delete()[0]


def _send(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """Make one attempt. Return the status code (None without a response) and the error or ""."""
    # jsonb does not preserve the order of keys: sorted, every attempt sends the same bytes.
    body = json.dumps(delivery.payload, sort_keys=True, separators=(",", ":")).encode()
    secrets = secrets_of_webhook(delivery.webhook)
    headers = {
        "content-type": "application/json",
        "user-agent": "Nexus-Webhooks/1",
        **sign(body, secrets=secrets, message_id=delivery.message_id),
    }
    try:
        code = post(
            delivery.webhook.url,
            body,
            headers=headers,
            timeout_s=TIMEOUT_S,
            policy=outgoing_policy(),
        )
    except (AddressRefusedError, UnreachableError) as error:
        return None, error.message[:300]
    if HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        return code, ""
    if code < HTTPStatus.BAD_REQUEST:
        return code, f"Received status {code}. Redirects are not followed: register the final URL."
    return code, f"Received status {code}."


def _plan(delivery: WebhookDelivery, wait: timedelta) -> None:
    delivery.next_at = timezone.now() + wait
    delivery.save()
    publish_later(DELIVERY_WANTED, wait=wait, delivery_id=delivery.pk)


def _end(delivery: WebhookDelivery, status: DeliveryStatus, *, error: str = "") -> None:
    delivery.status, delivery.error = status.value, error
    delivery.next_at, delivery.ended_at = None, timezone.now()
    delivery.save()


def _count(webhook_id: int, *, failed: bool, is_gone: bool) -> None:
    """Count consecutive failed attempts, and disable a webhook that has too many.

    A receiver that returns 410 wants no more messages (Standard Webhooks).
    """
    hook = Webhook.objects.select_for_update(no_key=True).get(pk=webhook_id)
    if not failed:
        hook.failures, hook.failing_since, hook.paused_until = 0, None, None
    else:
        hook.failures += 1
        hook.failing_since = hook.failing_since or timezone.now()
        if hook.failures >= PAUSED_FROM:
            hook.paused_until = timezone.now() + PAUSE
        lasting = timezone.now() - hook.failing_since >= FAILING_FOR
        if hook.is_on and (is_gone or (lasting and hook.failures >= MAX_FAILURES)):
            hook.is_on = False
            record("webhook.switched_off", by=None, of=hook, failures=hook.failures)
            publish(WEBHOOK_SWITCHED_OFF, webhook_id=hook.pk)
            log.warning("webhook_switched_off", webhook=hook.pk, failures=hook.failures)
    hook.save(update_fields=["failures", "failing_since", "paused_until", "is_on"])


def _payload(event: OrderEvent) -> dict[str, Any]:
    """Return the data of a message: ids and amounts, and nothing about the buyer.

    It describes the current order, which may be later than the event: compare its version. A
    receiver that needs more calls the API with its own permissions.
    """
    order = event.order
    return {
        "order": {
            "id": order.pk,
            "number": order.number,
            "state": order.state,
            "version": order.version,
            "total": str(order.total),
            "currency": order.currency,
        },
        "event": {
            "number": event.number,
            "kind": event.kind,
            "amount": str(event.amount),
            "is_surplus": event.is_surplus,
        },
    }
