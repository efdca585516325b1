"""Mails to the owners of accounts."""

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
# The path of our own page that each token's link opens.
PAGES = {
    Purpose.VERIFY: "account/verify/",
    Purpose.RESET: "account/reset/confirm/",
    Purpose.CHANGE_EMAIL: "account/email/confirm/",
}


@handles(MAIL_WANTED)
def send(kind: str, user_id: int) -> bool:
    """Send a mail. Returns whether it had a recipient.

    Tokens are created here, so that none waits in a queue. Raises what the mail server raises. If
    a worker dies after the server has accepted the mail and before that is recorded, the mail is
    sent twice: this cannot be avoided.
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
    """Return the address where a token is used, or "" if none is configured.

    A front end reads the token from the fragment, which no server sees. A page that works without
    scripts needs it in the query, and asks for confirmation before it uses the token.
    """
    if settings.ACCOUNT_URL:
        return f"{settings.ACCOUNT_URL}{purpose}/#{token}"
    return f"{settings.PUBLIC_URL}{PAGES[purpose]}?token={token}" if settings.PUBLIC_URL else ""
