"""Every kind of process stops on request, even if its services are unreachable."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.servers import free_port

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3_600)]

AT_ONCE = 4
END_WITHIN_S = 60
SECRET = "a secret of fifty characters, made for these tests only"
# A name that never resolves, and a documentation address that never responds.
UNREACHABLE = {
    "database": {"DATABASE_URL": "postgresql://nowhere.invalid/none"},
    "database that says nothing": {"DATABASE_URL": "postgresql://192.0.2.1/none"},
    "cache": {"CACHE_URL": "redis://nowhere.invalid/0"},
    "cache that says nothing": {"CACHE_URL": "redis://192.0.2.1/0"},
    "broker": {"BROKER_URL": "amqp://nowhere.invalid//"},
    "error reports": {"SENTRY_DSN": "https://key@nowhere.invalid/1"},
    "traces": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://nowhere.invalid:4318"},
}
EVERY = {name: value for one in UNREACHABLE.values() for name, value in one.items()}

# Each prints a line when it runs; then it is asked to stop, or ends by itself.
WEB = "from nexus.config.wsgi import application; print('runs', flush=True)"
HEALTH = """
import django; django.setup()
from nexus.web.health.checks import CHECKS
print('runs', flush=True)
for check in CHECKS:
    check.start()
"""
REPORT = """
import django; django.setup()
import structlog
from nexus.core.observability.tracing import span
with span('a span'):
    try:
        1 / 0
    except ZeroDivisionError:
        structlog.get_logger().exception('an_error')
print('runs', flush=True)
"""
SCRIPTS = {"web": WEB, "health checks": HEALTH, "reports": REPORT}
PARTS = ("web", "worker", "beat", "runner")


def environment(home: Path, variables: dict[str, str]) -> dict[str, str]:
    dropped = ("BROKER_URL", "SENTRY_DSN", "NEXUS_EMBEDDED")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    own = {"NEXUS_HOME": str(home), "SECRET_KEY": SECRET, "PYTHONUNBUFFERED": "1"}
    return {**kept, **own, **variables}


def ends_by_itself(script: str, home: Path, variables: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env={**environment(home, variables), "DJANGO_SETTINGS_MODULE": "nexus.config.settings"},
        capture_output=True,
        check=True,
        timeout=END_WITHIN_S,
    )


def several(number: int, work: Callable[[int], None]) -> None:
    """Repeat it, some runs at once: a busy machine interrupts threads at unusual points."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert len(list(pool.map(work, range(number)))) == number


@pytest.mark.parametrize("service", UNREACHABLE)
def test_web_process_without_a_service_ends(
    service: str, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    several(sized(1, 8), lambda _: ends_by_itself(WEB, tmp_path, UNREACHABLE[service]))


@pytest.mark.parametrize("kind", SCRIPTS)
def test_process_without_any_service_ends(
    kind: str, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    several(sized(2, 50), lambda _: ends_by_itself(SCRIPTS[kind], tmp_path, EVERY))


@pytest.mark.parametrize("part", PARTS)
def test_part_without_services_stops_on_request(
    part: str, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    several(sized(1, 10), lambda number: start_and_end(part, tmp_path / str(number)))


def start_and_end(part: str, home: Path) -> None:
    home.mkdir()
    nexus = [sys.executable, "-m", "nexus.cli"]
    command = [*nexus, "part", part]
    if part == "web":
        collect = [*nexus, "manage", "collectstatic", "--noinput"]
        subprocess.run(collect, env=environment(home, EVERY), check=True, capture_output=True)
        command += ["--port", str(free_port())]
    with subprocess.Popen(
        command,
        env=environment(home, {**EVERY, "NEXUS_WEB_WORKERS": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            # The first line is about a service that is unreachable.
            assert process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=END_WITHIN_S)
        finally:
            process.kill()
