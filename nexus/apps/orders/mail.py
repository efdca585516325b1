"""Email to buyers about their orders, and to merchants about their webhooks."""

from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string

from nexus.apps.orders.events import ORDER_CHANGED, WEBHOOK_SWITCHED_OFF, EventKind
from nexus.apps.orders.models import OrderEvent, Webhook
from nexus.core.outbox.events import handles

__all__ = ["send", "send_switched_off"]

# The events that buyers are mailed about, with the template of the text, by kind and `is_surplus`:
# the refund of a surplus payment has its own text.
LETTERS: Mapping[tuple[EventKind, bool], str] = {
    (EventKind.PLACED, False): "placed",
    (EventKind.PAID, False): "paid",
    (EventKind.PAYMENT_FAILED, False): "payment_failed",
    (EventKind.SHIPPED, False): "shipped",
    (EventKind.CANCELLED, False): "cancelled",
    (EventKind.REFUNDED, False): "refunded",
    (EventKind.REFUNDED, True): "surplus_refunded",
}


@handles(ORDER_CHANGED)
def send(event_id: int) -> bool:
    """Send the mail for an event, and return whether there is one to send.

    Raises what the mail backend raises. If a worker dies after the server accepted the mail and
    before that is committed, the mail is sent twice, with the same Message-ID: that window cannot
    be closed.
    """
    rows = OrderEvent.objects.select_related("order__buyer").prefetch_related("order__lines")
    event = rows.get(pk=event_id)
    letter = LETTERS.get((EventKind(event.kind), event.is_surplus))
    order, buyer = event.order, event.order.buyer
    if letter is None or not buyer.is_active:
        return False
    context: dict[str, Any] = {"order": order, "event": event, "lines": order.lines.all()}
    subject, _, text = render_to_string(f"orders/mail/{letter}.txt", context).partition("\n")
    context |= {"subject": subject, "text": text.strip()}
    body = render_to_string("orders/mail/layout.txt", context)
    # The same for every attempt, so that a mail client that receives it twice shows it once.
    headers = {"Message-ID": f"<order-event-{event.pk}.{order.number}@nexus>"}
    message = EmailMultiAlternatives(subject, body, to=[buyer.email], headers=headers)
    message.attach_alternative(render_to_string("orders/mail/layout.html", context), "text/html")
    message.send()
    return True


@handles(WEBHOOK_SWITCHED_OFF)
def send_switched_off(webhook_id: int) -> bool:
    """Mail the owner of a webhook that it was disabled, and return whether a mail was sent.

    Raises what the mail backend raises.
    """
    hook = Webhook.objects.select_related("owner").filter(pk=webhook_id, is_on=False).first()
    if hook is None or not hook.owner.is_active:
        return False
    rendered = render_to_string("orders/mail/webhook_off.txt", {"webhook": hook})
    subject, _, text = rendered.partition("\n")
    EmailMessage(subject, f"{text.strip()}\n", to=[hook.owner.email]).send()
    return True
