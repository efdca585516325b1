"""The processes that Nexus consists of: `nexus serve` starts all, `nexus part` becomes one."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from nexus.core.errors import ConflictError
from nexus.core.observability.metrics import FOLDER, fresh_folder

__all__ = ["PARTS", "Process", "migrate", "run_process", "service_processes"]

PARTS = ("web", "worker", "beat", "runner")
# What a part alone cannot bring along: all parts of a deployment must mean the same services.
SHARED = ("DATABASE_URL", "CACHE_URL", "SECRET_KEY")


@dataclass(frozen=True)
class Process:
    """One process of the service, how it is asked to end, and how long that may take."""

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals
    grace_s: float
    # Its processes count together for Prometheus, in a folder of this name.
    counts_in: str = ""

    def counting(self, home: Path) -> dict[str, str]:
        """Return the variables that this part needs for that, and empty its folder."""
        return {FOLDER: str(fresh_folder(home, self.counts_in))} if self.counts_in else {}


def service_processes(host: str, port: int, *, kill_after_s: int = 5) -> dict[str, Process]:
    """Return every part by its name.

    `kill_after_s` is how long the web server's answers in hand may take when it is asked to end.
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
            # Of two on one machine each counts for itself.
            counts_in=f"web-{port}",
        ),
        # A warm stop: SIGTERM lets a task end, and Child.end kills what then still runs.
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
    """Become the part of that name; does not come back.

    Raises `ConflictError` with a sentence when there is no such part, or nothing to share.
    """
    if name not in PARTS:
        raise ConflictError(f"There is no part {name}. The parts are {', '.join(PARTS)}.")
    _require_shared()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nexus.config.settings")
    from django.conf import settings

    settings.NEXUS_HOME.mkdir(parents=True, exist_ok=True)
    if name == "web":
        _require_static(settings.STATIC_ROOT)
    part = service_processes(host, port, kill_after_s=kill_after_s)[name]
    os.environ.update(part.counting(settings.NEXUS_HOME))
    os.execv(part.command[0], part.command)  # noqa: S606 -- the part takes this process's place and signals


def migrate() -> None:
    """Bring the tables and the library of a deployment up to date."""
    from nexus.cli.preparation import require_services, set_up_django, set_up_installation

    _require_shared()
    set_up_django()
    require_services()
    set_up_installation()


def _require_shared() -> None:
    missing = [name for name in SHARED if not os.environ.get(name)]
    if missing:
        raise ConflictError(
            f"A part of a deployment shares its services with the others: set "
            f"{', '.join(missing)}. `nexus serve` starts everything on one machine.",
        )


def _require_static(folder: Path) -> None:
    if not (folder / "staticfiles.json").is_file():
        raise ConflictError(
            f"There are no static files in {folder}. `nexus manage collectstatic --noinput` puts "
            "them there; an image has them already.",
        )
