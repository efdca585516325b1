"""Messages to webhooks: one for each event, sent behind the commit, and again until it is taken.

Each is a row, which is the log too, and each attempt is a message of the outbox. What an attempt
came to is written in the transaction that marks that message as handled, so a worker that dies
while it sends leaves neither: the attempt is made again, under the same id. A receiver therefore
gets a message at least once, and knows by `webhook-id` what it has already. Messages come in no
certain order: `data.event.number` counts the events of an order.
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
"""How long a receiver may take: to write a message down is enough, the work can wait."""
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Between attempts; with the first that makes eight within 28 hours."""
MAX_FAILURES, FAILING_FOR = 20, timedelta(hours=1)
"""After so many failed attempts in a row a webhook is switched off, but not within an hour: many
orders in the minute of a receiver's restart are no reason."""
# A receiver that hangs holds a worker for as long as it may take: after some failures only one
# message in a while finds out whether it is back, and the others wait without an attempt.
PAUSED_FROM, PAUSE = 3, timedelta(seconds=30)
KEPT = timedelta(days=30)

log = structlog.get_logger()


@handles(ORDER_CHANGED)
@transaction.atomic
def queue_deliveries(event_id: int) -> int:
    """Write a message for each webhook that is to be told of an event; gives their number."""
    event = OrderEvent.objects.select_related("order__merchant").get(pk=event_id)
    merchant = event.order.merchant
    if merchant is None or not may_sell(merchant):
        return 0
    wanted = Q(events=[]) | Q(events__contains=[event.kind])
    hooks = list(Webhook.objects.filter(wanted, owner=merchant, is_on=True).order_by("pk"))
    for hook in hooks:
        new_delivery(hook, f"order.{event.kind}", _told(event), event=event)
    return len(hooks)


def new_delivery(
    webhook: Webhook, kind: str, told: Mapping[str, Any], *, event: OrderEvent | None = None
) -> WebhookDelivery:
    """Write a message down and have it sent behind the commit; without an event it is a ping."""
    moment = event.at if event else timezone.now()
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        event=event,
        message_id=f"msg_{uuid.uuid4().hex}",
        payload={"type": kind, "timestamp": moment.isoformat(), "data": dict(told)},
        next_at=timezone.now(),
    )
    publish(DELIVERY_WANTED, delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def begin_series(delivery: WebhookDelivery) -> None:
    """Have a message that has ended sent again; its row is locked."""
    delivery.status, delivery.tries = DeliveryStatus.WAITING.value, 0
    delivery.next_at, delivery.ended_at = timezone.now(), None
    delivery.save(update_fields=["status", "tries", "next_at", "ended_at"])
    publish(DELIVERY_WANTED, delivery_id=delivery.pk)


# anchor: attempt
@handles(DELIVERY_WANTED)
@transaction.atomic
def attempt_delivery(delivery_id: int) -> None:
    """Send a message that waits, write down what came of it, and plan the next attempt."""
    rows = WebhookDelivery.objects.select_related("webhook__owner")
    waiting = rows.select_for_update(of=("self",), no_key=True).filter(
        pk=delivery_id, status=DeliveryStatus.WAITING.value
    )
    delivery = waiting.first()
    if delivery is None:
        return
    hook, is_ping = delivery.webhook, delivery.event_id is None
    if not is_ping and not (hook.is_on and may_sell(hook.owner)):
        _end(delivery, DeliveryStatus.FAILED, error="The webhook is switched off.")
        return
    pause = hook.paused_until - timezone.now() if hook.paused_until else timedelta(0)
    if not is_ping and pause > timedelta(0):
        _plan(delivery, pause)
        return
    began = time.monotonic()
    code, error = _send(delivery)
    delivery.status_code = code
    delivery.duration_ms = round((time.monotonic() - began) * 1000)
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
    """Return what addresses of webhooks may be here."""
    return Policy(plain_http=settings.EMBEDDED, loopback=settings.WEBHOOKS_LOOPBACK)


def delete_old_deliveries() -> int:
    """Delete messages that are older than a month from the log; gives their number."""
    old = WebhookDelivery.objects.filter(created_at__lt=Now() - Value(KEPT))
    return old.exclude(status=DeliveryStatus.WAITING.value).delete()[0]


def _send(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """Make one attempt; gives the status, if there was an answer, and what went wrong, or ""."""
    # jsonb keeps no order of keys: sorted, every attempt has the same bytes.
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
        return code, f"It answered {code}: redirects are not followed, register where they lead."
    return code, f"It answered {code}."


def _plan(delivery: WebhookDelivery, wait: timedelta) -> None:
    delivery.next_at = timezone.now() + wait
    delivery.save()
    publish_later(DELIVERY_WANTED, wait=wait, delivery_id=delivery.pk)


def _end(delivery: WebhookDelivery, status: DeliveryStatus, *, error: str = "") -> None:
    delivery.status, delivery.error = status.value, error
    delivery.next_at, delivery.ended_at = None, timezone.now()
    delivery.save()


def _count(webhook_id: int, *, failed: bool, is_gone: bool) -> None:
    """Count failed attempts in a row, and switch a webhook off that has had too many.

    Who answers 410 wants no more messages (Standard Webhooks).
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


def _told(event: OrderEvent) -> dict[str, Any]:
    """Return what a message tells: ids and sums, and nothing of the person who bought.

    The order is told as it is by now, which may be later than the event: its version says so. Who
    needs more asks the API, as somebody who may know it.
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
