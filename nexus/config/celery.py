"""The Celery application; start worker and beat with `-A nexus.config.celery`."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.schedules import crontab
from django.conf import settings

from nexus.config.broker import transport_options

__all__ = ["app"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")

# On its own machine Nexus may run as root. Celery's warning is about pickle; this one accepts JSON
# only.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("nexus")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    # Acknowledge a task when it ends, not when a worker receives it: a killed worker loses none.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options=transport_options(settings.BROKER_URL),
    task_time_limit=90,
    task_ignore_result=True,
    task_default_queue="nexus",
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "handle what waits in the outbox": {"task": "outbox.sweep", "schedule": 15.0},
        "delete what the outbox has delivered": {
            "task": "outbox.delete_delivered",
            "schedule": crontab(minute="43", hour="3"),
        },
        "delete answers that nobody repeats a request for": {
            "task": "idempotency.delete_expired",
            "schedule": crontab(minute="29"),
        },
        "delete what was sent to webhooks long ago": {
            "task": "orders.delete_old_deliveries",
            "schedule": crontab(minute="51", hour="3"),
        },
        "cancel orders that nobody paid": {"task": "orders.expire", "schedule": 60.0},
        "delete spent login links and sessions": {
            "task": "users.delete_spent",
            "schedule": crontab(minute="17"),
        },
    },
)
app.autodiscover_tasks(
    ["nexus.core.outbox", "nexus.core.idempotency", "nexus.apps.users", "nexus.apps.orders"]
)
