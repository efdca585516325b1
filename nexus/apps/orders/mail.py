"""Mails to buyers about their orders, and to merchants about their webhooks."""

from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string

from nexus.apps.orders.events import ORDER_CHANGED, WEBHOOK_SWITCHED_OFF, EventKind
from nexus.apps.orders.models import OrderEvent, Webhook
from nexus.core.outbox.events import handles

__all__ = ["send", "send_switched_off"]

# What buyers are told of, as the text's template; money that was no payment of the order is
# another letter.
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
    """Write the mail that an event calls for and send it; tells whether it calls for one.

    Raises what the mail server raises. A worker that dies after the server took the mail and
    before that is written down sends it twice, under the same Message-ID: that window cannot be
    closed.
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
    # The same for every try, so that a mail program that gets it twice shows it once.
    headers = {"Message-ID": f"<order-event-{event.pk}.{order.number}@nexus>"}
    message = EmailMultiAlternatives(subject, body, to=[buyer.email], headers=headers)
    message.attach_alternative(render_to_string("orders/mail/layout.html", context), "text/html")
    message.send()
    return True


@handles(WEBHOOK_SWITCHED_OFF)
def send_switched_off(webhook_id: int) -> bool:
    """Report the owner of a webhook that it is switched off; tells whether there is one to tell.

    Raises what the mail server raises.
    """
    hook = Webhook.objects.select_related("owner").filter(pk=webhook_id, is_on=False).first()
    if hook is None or not hook.owner.is_active:
        return False
    told = render_to_string("orders/mail/webhook_off.txt", {"webhook": hook})
    subject, _, text = told.partition("\n")
    EmailMessage(subject, f"{text.strip()}\n", to=[hook.owner.email]).send()
    return True
