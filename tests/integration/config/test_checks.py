"""System checks that connect to servers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection
from pytest_django.fixtures import Settings

from nexus.config import checks
from tests.support.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

DATABASES = ["default"]


def test_servers_of_this_installation_pass_every_check() -> None:
    assert run_checks(tags=[Tags.database], databases=DATABASES) == []


def test_cache_that_does_not_answer_is_an_error(settings: Settings) -> None:
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    (message,) = checks.check_cache(databases=DATABASES)
    assert message.id == "nexus.E004"
    assert message.msg.startswith("The cache is unreachable: ")
    assert message.hint == "Check CACHE_URL, and that Valkey or Redis is running."


def test_broker_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr("nexus.config.broker.count_waiting", refuse)
    (message,) = checks.check_broker(databases=DATABASES)
    assert message.id == "nexus.E006"
    assert message.msg == "The message broker is unreachable: Connection refused."


def test_more_threads_than_connections_are_a_warning(settings: Settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int")
        (available,) = cursor.fetchone()
    settings.WEB_WORKERS, settings.WEB_THREADS = 1, available
    (message,) = checks.check_connections(databases=DATABASES)
    assert message.id == "nexus.W001"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "postgresql://127.0.0.1:1/none", "The database is unreachable: "),
        ("CACHE_URL", "redis://127.0.0.1:1/0", "The cache is unreachable: "),
        ("BROKER_URL", "redis://127.0.0.1:1/0", "The message broker is unreachable: "),
    ],
)
def test_serve_with_a_wrong_url_ends_with_one_sentence(
    name: str, value: str, sentence: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "serve", "--port", str(free_port())],
        env={**os.environ, "NEXUS_HOME": str(tmp_path), name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith(sentence)
    assert name in line
