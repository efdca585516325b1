"""A real worker executes tasks over the configured broker."""

import os
import subprocess
import sys
import uuid

import pytest
from django.db import connection
from kombu import Queue

from nexus.apps.labs.running.data_sets import database_url
from nexus.apps.users import services
from nexus.apps.users.models import LoginLink
from nexus.apps.users.tasks import delete_spent
from nexus.config.celery import app
from tests.support.waiting import until

pytestmark = pytest.mark.servers

PATIENCE_S = 30


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_task_is_done_by_a_worker_that_ends_when_told() -> None:
    token = services.issue_login_link(user=services.ensure_owner())
    services.redeem_login_link(token=token)
    # A separate queue, because the broker may be shared.
    queue = f"test-{uuid.uuid4()}"
    delete_spent.apply_async(queue=queue)
    url = database_url(str(connection.settings_dict["NAME"]), read_only=False)
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "nexus.config.celery", "--quiet", "worker"),
            *("--concurrency", "1", "--queues", queue),
        ],
        env={**os.environ, "DATABASE_URL": url},
    )
    try:
        assert until(lambda: not LoginLink.objects.exists(), patience_s=PATIENCE_S)
        worker.terminate()
        assert worker.wait(PATIENCE_S) == 0
    finally:
        worker.kill()
        with app.connection_for_write() as broker:
            Queue(queue).bind(broker.default_channel).delete()


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert names <= set(app.tasks)


def test_visibility_timeout_is_longer_than_any_task() -> None:
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_every_process_queues_at_our_broker() -> None:
    script = (
        "import django; django.setup(); import celery; print(celery.current_app.conf.broker_url)"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "nexus.config.settings",
        "BROKER_URL": "redis://broker.invalid/7",
    }
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "redis://broker.invalid/7"
