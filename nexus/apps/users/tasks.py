"""Housekeeping of accounts."""

from celery import shared_task
from django.core.management import call_command

from nexus.apps.users import services

__all__ = ["delete_spent"]


@shared_task(name="users.delete_spent")
def delete_spent() -> int:
    """Delete spent login links and expired sessions; gives the number of links."""
    call_command("clearsessions")
    return services.delete_spent_login_links()
