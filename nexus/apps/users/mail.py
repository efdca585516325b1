"""Mails to the people whose accounts these are."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from nexus.apps.users import mailed_tokens
from nexus.apps.users.events import MAIL_WANTED, Mail
from nexus.apps.users.mailed_tokens import Purpose
from nexus.apps.users.models import User
from nexus.core.outbox.events import handles

__all__ = ["send"]

PURPOSES = {
    Mail.VERIFY: Purpose.VERIFY,
    Mail.RESET: Purpose.RESET,
    Mail.CONFIRM_EMAIL: Purpose.CHANGE_EMAIL,
}
# Where the token of each leads to on our own pages.
PAGES = {
    Purpose.VERIFY: "account/verify/",
    Purpose.RESET: "account/reset/confirm/",
    Purpose.CHANGE_EMAIL: "account/email/confirm/",
}


@handles(MAIL_WANTED)
def send(kind: str, user_id: int) -> bool:
    """Write a mail and send it; tells whether there was anybody to send it to.

    Tokens are made here, so that none waits in a queue. Raises what the mail server raises. A
    worker that dies after the server took the mail and before that is written down sends it twice:
    that window cannot be closed.
    """
    kind = Mail(kind)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    to = (user.pending_email if kind is Mail.CONFIRM_EMAIL else user.email) if user else ""
    if user is None or not to:
        return False
    context: dict[str, Any] = {"hours": settings.PASSWORD_RESET_TIMEOUT // 3600}
    if purpose := PURPOSES.get(kind):
        context["token"] = mailed_tokens.make(user, purpose)
        context["link"] = _link(purpose, context["token"])
    subject, _, text = render_to_string(f"users/mail/{kind}.txt", context).partition("\n")
    text = text.strip()
    message = EmailMultiAlternatives(subject, f"{text}\n", to=[to])
    html = render_to_string("users/mail/layout.html", {"subject": subject, "text": text})
    message.attach_alternative(html, "text/html")
    message.send()
    return True


def _link(purpose: Purpose, token: str) -> str:
    """Return the address where a token is used, or nothing where none is known.

    A front end reads it from the fragment, which no server sees; a page that works without a
    script must have it in the query, and asks before it uses the token.
    """
    if settings.ACCOUNT_URL:
        return f"{settings.ACCOUNT_URL}{purpose}/#{token}"
    return f"{settings.PUBLIC_URL}{PAGES[purpose]}?token={token}" if settings.PUBLIC_URL else ""
