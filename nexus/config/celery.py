"""The Celery application: worker and beat are started with `-A nexus.config.celery`."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.schedules import crontab
from django.conf import settings

__all__ = ["app"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")

# On its own machine Nexus may run as root. What Celery warns of is pickle; ours reads JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("nexus")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    # A task is done when it has ended, not when a worker has taken it: a killed worker loses none.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Just above the longest task; lab runs are no tasks.
    broker_transport_options={"visibility_timeout": 120},
    task_time_limit=90,
    task_ignore_result=True,
    task_default_queue="nexus",
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "delete spent login links and sessions": {
            "task": "users.delete_spent",
            "schedule": crontab(minute="17"),
        },
    },
)
app.autodiscover_tasks(["nexus.apps.users"])
