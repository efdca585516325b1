"""The processes of Nexus: `nexus serve` starts all of them, `nexus part` runs one."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from nexus.core.errors import ConflictError
from nexus.core.observability.metrics import FOLDER, fresh_folder

__all__ = ["PARTS", "Process", "migrate", "run_process", "service_processes"]

PARTS = ("web", "worker", "beat", "runner")
# A single process does not start these: all processes of a deployment must share the same services.
SHARED = ("DATABASE_URL", "CACHE_URL", "SECRET_KEY")


@dataclass(frozen=True)
class Process:
    """A process of the service, its stop signal, and how long it may take to stop."""

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals
    grace_s: float
    # The folder in which its processes share their counters for Prometheus.
    counts_in: str = ""

    def counting(self, home: Path) -> dict[str, str]:
        """Return the environment variables for these counters, and empty the folder."""
        return {FOLDER: str(fresh_folder(home, self.counts_in))} if self.counts_in else {}


def service_processes(host: str, port: int, *, kill_after_s: int = 5) -> dict[str, Process]:
    """Return every process by name.

    `kill_after_s` is how long the web server's requests in progress may take at shutdown.
    """
    from django.conf import settings

    python = sys.executable
    celery = (python, "-m", "celery", "-A", "nexus.config.celery", "--quiet")
    return {
        "web": Process(
            "web server",
            (
                *(python, "-m", "granian", "--interface", "wsgi"),
                *("--host", host, "--port", str(port)),
                *("--workers", str(settings.WEB_WORKERS)),
                *("--blocking-threads", str(settings.WEB_THREADS)),
                *("--workers-kill-timeout", str(kill_after_s)),
                *("--log-level", "warning", "--no-access-log"),
                "nexus.config.wsgi:application",
            ),
            signal.SIGINT,
            10,
            # Two web servers on one machine count separately.
            counts_in=f"web-{port}",
        ),
        # A warm shutdown: SIGTERM lets running tasks finish, and Child.end kills what is left.
        "worker": Process(
            "Celery worker",
            (
                *(*celery, "worker", "--loglevel", "WARNING"),
                *("--concurrency", str(settings.WORKER_PROCESSES)),
            ),
            signal.SIGTERM,
            10,
            counts_in="worker",
        ),
        "beat": Process(
            "Celery beat",
            (
                *(*celery, "beat", "--loglevel", "WARNING"),
                *("--schedule", str(settings.NEXUS_HOME / "beat-schedule")),
            ),
            signal.SIGTERM,
            5,
        ),
        "runner": Process(
            "runner", (python, "-m", "nexus.cli", "manage", "runner"), signal.SIGTERM, 10
        ),
    }


def run_process(name: str, *, host: str, port: int, kill_after_s: int) -> None:
    """Replace this process by the one with that name; does not return.

    Raises `ConflictError` if there is no such process, or if its services are not set.
    """
    if name not in PARTS:
        raise ConflictError(f"There is no process {name}. Use one of {', '.join(PARTS)}.")
    _require_shared()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")
    from django.conf import settings

    settings.NEXUS_HOME.mkdir(parents=True, exist_ok=True)
    if name == "web":
        _require_static(settings.STATIC_ROOT)
    part = service_processes(host, port, kill_after_s=kill_after_s)[name]
    os.environ.update(part.counting(settings.NEXUS_HOME))
    os.execv(part.command[0], part.command)  # noqa: S606 -- the part replaces this process and receives its signals


def migrate() -> None:
    """Migrate the database and load the library of a deployment."""
    from nexus.cli.preparation import require_services, set_up_django, set_up_installation

    _require_shared()
    set_up_django()
    # In a new deployment it may start after the migrations.
    require_services(broker=False)
    set_up_installation()


def _require_shared() -> None:
    missing = [name for name in SHARED if not os.environ.get(name)]
    if missing:
        raise ConflictError(
            f"The processes of a deployment must share their services: set "
            f"{', '.join(missing)}. `nexus serve` starts everything on one machine.",
        )


def _require_static(folder: Path) -> None:
    if not (folder / "staticfiles.json").is_file():
        raise ConflictError(
            f"There are no static files in {folder}. `nexus manage collectstatic --noinput` "
            "collects them; an image already contains them.",
        )
