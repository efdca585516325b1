"""Periodic cleanup of accounts."""

from celery import shared_task
from django.core.management import call_command

from nexus.apps.users import services

__all__ = ["delete_spent"]


@shared_task(name="users.delete_spent")
def delete_spent() -> int:
    """Delete expired login links, log-ins, keys, codes and sessions; sessions are not counted."""
    call_command("clearsessions")
    links = services.delete_spent_login_links()
    return links + services.delete_spent_tokens() + services.delete_spent_codes()
