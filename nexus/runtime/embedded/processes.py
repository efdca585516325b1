"""The servers' processes, and strays that a killed one left behind."""

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
    """Start a server that writes to the descriptor `log`; else like `nexus.runtime.processes`."""
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
    """Return the variables that children see: none of the caller's PG* or locale settings."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **extra}


def end_strays(directory: Path) -> None:
    """Kill the processes that work in `directory`, and return when they are gone.

    After a postmaster was killed, a busy backend of it holds the shared memory that the next one
    needs, for as long as its query lasts. Killing it loses nothing that the log does not hold.
    """
    import psutil

    deadline = time.monotonic() + _STRAYS_LIMIT_S
    while time.monotonic() < deadline:
        found = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(directory)]
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        if not found:
            return
        psutil.wait_procs(found, timeout=0.2)
