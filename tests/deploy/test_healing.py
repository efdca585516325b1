"""Any one process of a running Nexus is killed: Prometheus shows it, and Nexus recovers."""

import urllib.request
from collections.abc import Callable
from functools import partial
from operator import lt
from pathlib import Path

import psutil
import pytest

from tests.deploy.prometheus import MONITORING, Prometheus, scraping
from tests.support.embedded import postmaster
from tests.support.servers import Service, embedded_environment, free_port, serving
from tests.support.waiting import until

pytestmark = pytest.mark.prometheus

# Longer than a collector caches, so that each query reads again.
SCRAPE_S = 6
PATIENCE_S = 90
# The dashboard's query: how often the youngest process of a part was replaced.
REPLACED = "max by (part) (resets({metric}[10m]))"
PART = 'nexus_part_up_seconds{{part="{}"}}'
METRICS = {
    **{name: PART.format(name) for name in ("web", "worker", "beat", "runner")},
    "database": "nexus_database_up_seconds",
    "cache": "nexus_cache_up_seconds",
}


def await_value(
    watch: Prometheus, query: str, fits: Callable[[float], bool] = lambda found: found > 0
) -> float:
    """Wait until a query has a matching value, and return it."""
    values = until(
        lambda: [found for found in watch.values(query) if fits(found)], patience_s=PATIENCE_S
    )
    assert values, f"{query} came to {watch.values(query)}."
    return float(values[0])


def old_enough(up_s: float) -> bool:
    return up_s > 2 * SCRAPE_S


def server_worker(service: Service) -> psutil.Process:
    """Return one of the processes that handle requests, a child of the one that starts them."""
    return service.part("nexus.config.wsgi:application").children()[0]


def valkey(home: Path) -> psutil.Process:
    """Return the Valkey of a home, which is its supervisor's child as PostgreSQL is."""
    found = postmaster(home).parent()
    assert found is not None
    return next(child for child in found.children() if "valkey" in child.name())


def test_a_dashboard_has_the_query_for_restarts() -> None:
    dashboards = "".join(path.read_text("utf-8") for path in MONITORING.glob("grafana/**/*.json"))
    for metric in METRICS.values():
        assert REPLACED.format(metric=metric.partition("{")[0]) in dashboards


def test_killed_process_is_detected_and_restarted(tmp_path: Path) -> None:
    home, worker_port = tmp_path / "home", free_port()
    watched = tmp_path / "watched"
    watched.mkdir()
    environment = embedded_environment(home) | {"NEXUS_WORKER_METRICS_PORT": str(worker_port)}
    with (
        serving(environment) as service,
        scraping(watched, {"web": service.port, "worker": worker_port}, every_s=SCRAPE_S) as watch,
    ):
        service.wait_for("ready in")
        victims: dict[str, tuple[str, Callable[[], psutil.Process]]] = {
            "a process that answers": ("web", lambda: server_worker(service)),
            "the web server": ("web", lambda: service.part("nexus.config.wsgi:application")),
            "the Celery worker": ("worker", lambda: service.part("worker")),
            "beat": ("beat", lambda: service.part("beat")),
            "the runner": ("runner", lambda: service.part("runner")),
            "PostgreSQL": ("database", lambda: postmaster(home)),
            "Valkey": ("cache", lambda: valkey(home)),
        }
        for who, (part, find) in victims.items():
            up_s, replaced = METRICS[part], REPLACED.format(metric=METRICS[part])
            # If the old process were too young, the query could not show that it was replaced.
            await_value(watch, up_s, old_enough)
            before = max(watch.values(replaced), default=0)
            killed = find()
            killed.kill()
            seen = await_value(watch, replaced, partial(lt, before))
            await_value(watch, up_s, old_enough)
            print(f"{who}: {seen:.0f} replaced, and there again")  # noqa: T201 -- the figures of the run
            assert not killed.is_running()
        for job in ("web", "worker"):
            await_value(watch, f'up{{job="{job}"}}')
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/readyz") as answer:
            assert answer.status == 200
        assert service.end() == 0
