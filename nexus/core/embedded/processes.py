"""Children that end with the supervisor, and strays that did not.

Every child runs in a session of its own, out of reach of a terminal's Ctrl-C. On Linux the kernel
signals it when the supervisor dies; elsewhere a watcher does, which reads a pipe that only the
supervisor holds open.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nexus.core.embedded.identity import end_with_parent

__all__ = ["Child", "EndingStep", "end_strays", "environment", "spawn"]

_STRAYS_LIMIT_S = 10.0
# `read` comes back when the pipe's last writer is gone.
_WATCHER = 'read _; kill -s "$1" "$2"'

EndingStep = tuple[signal.Signals, float]


@dataclass
class Child:
    """A process that the supervisor started, and its watcher where it has one."""

    process: subprocess.Popen[bytes]
    watcher: subprocess.Popen[bytes] | None

    def alive(self) -> bool:
        """Whether it runs still; one that ended is reaped."""
        if self.process.poll() is None:
            return True
        self._dismiss_watcher()
        return False

    def end(self, steps: Sequence[EndingStep]) -> None:
        """Send each signal and wait its seconds, until the process has ended. SIGKILL is last."""
        for number, patience_s in (*steps, (signal.SIGKILL, None)):
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
                break
        self._dismiss_watcher()

    def _dismiss_watcher(self) -> None:
        if self.watcher is None:
            return
        # Killed before its pipe closes: it must not signal a process id that is free again.
        self.watcher.kill()
        self.watcher.communicate()
        self.watcher = None


def spawn(
    command: Sequence[str | Path],
    *,
    log: int,
    death_signal: signal.Signals,
    enter: Callable[[], None] | None = None,
    watched: bool = sys.platform != "linux",
) -> Child:
    """Start `command`, writing to the descriptor `log`; `death_signal` is what our death sends it.

    `enter` runs in the child before exec. `watched` chooses the watcher over the kernel's signal.
    """
    supervisor = os.getpid()

    def before_exec() -> None:
        if enter is not None:
            enter()
        if not watched:
            end_with_parent(death_signal, supervisor)

    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment(),
        cwd="/",
        start_new_session=True,
        preexec_fn=before_exec,  # noqa: PLW1509 - the supervisor has one thread
    )
    return Child(process, _watch(process.pid, death_signal) if watched else None)


def environment(**extra: str) -> dict[str, str]:
    """Give the variables that children see: none of the caller's PG* or locale settings."""
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


def _watch(pid: int, death_signal: signal.Signals) -> subprocess.Popen[bytes]:
    name = death_signal.name.removeprefix("SIG")
    return subprocess.Popen(
        ["/bin/sh", "-c", _WATCHER, "sh", name, str(pid)],
        stdin=subprocess.PIPE,
        env=environment(),
        cwd="/",
        start_new_session=True,
    )
