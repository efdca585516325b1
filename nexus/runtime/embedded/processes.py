"""The servers' processes, and strays that a killed server left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from nexus.runtime import processes
from nexus.runtime.processes import Child

__all__ = ["end_strays", "environment", "spawn"]

_STRAYS_LIMIT_S = 10.0


def spawn(
    command: Sequence[str | Path],
    *,
    log: int,
    death_signal: signal.Signals,
    enter: Callable[[], None] | None = None,
    watched: bool = sys.platform != "linux",
) -> Child:
    """Start a server that logs to the descriptor `log`, as `nexus.runtime.processes.spawn` does."""
    return processes.spawn(
        command,
        stdout=log,
        stderr=log,
        env=environment(),
        cwd="/",
        death_signal=death_signal,
        enter=enter,
        watched=watched,
    )


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of children, without the caller's PG* and locale variables."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **extra}


def end_strays(directory: Path) -> None:
    """Kill the processes whose working directory is `directory`, and return when they are gone.

    After a postmaster was killed, a busy backend of it keeps the shared memory that the next one
    needs until its query ends. Killing it loses nothing that is not in the WAL.
    """
    import psutil

    deadline = time.monotonic() + _STRAYS_LIMIT_S
    while time.monotonic() < deadline:
        strays = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(directory)]
        for process in strays:
            with suppress(psutil.Error):
                process.kill()
        if not strays:
            return
        psutil.wait_procs(strays, timeout=0.2)
