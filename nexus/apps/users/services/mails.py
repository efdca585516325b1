"""Asking for a mail, in the transaction of what it tells of."""

from nexus.apps.users.events import MAIL_WANTED, Mail
from nexus.core.outbox.services import publish

__all__ = ["NOBODY", "want_mail"]

NOBODY = 0
"""Where a mail would tell who has an account, nobody gets one too."""


def want_mail(kind: Mail, user_id: int) -> None:
    """Have a mail sent behind the commit; to nobody as well, so that asking costs the same."""
    publish(MAIL_WANTED, kind=kind.value, user_id=user_id)
