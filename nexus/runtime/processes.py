"""Children that end with the process that started them.

Every child runs in a session of its own, out of reach of a terminal's Ctrl-C. On Linux the kernel
signals it when its parent dies; elsewhere a watcher does, which reads a pipe that only the parent
holds open.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Child", "EndingStep", "libc", "require", "spawn"]

# A number from the kernel's header prctl.h.
_PR_SET_PDEATHSIG = 1
# `read` comes back when the pipe's last writer is gone.
_WATCHER = 'read _; kill -s "$1" "$2"'

EndingStep = tuple[signal.Signals, float]


@dataclass
class Child:
    """A process that this one started, and its watcher where it has one."""

    process: subprocess.Popen[bytes]
    watcher: subprocess.Popen[bytes] | None

    def alive(self) -> bool:
        """Whether it runs still; one that ended is reaped."""
        if self.process.poll() is None:
            return True
        self._dismiss_watcher()
        return False

    def end(self, steps: Sequence[EndingStep]) -> None:
        """Send each signal and wait its seconds, until the process has ended. SIGKILL is last.

        What it leaves behind in its session ends with it: a server that is told to end while it
        forks a worker may forget that one.
        """
        for number, patience_s in (*steps, (signal.SIGKILL, None)):
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
                break
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._dismiss_watcher()

    def _dismiss_watcher(self) -> None:
        if self.watcher is None:
            return
        # Killed before its pipe closes: it must not signal a process id that is free again.
        self.watcher.kill()
        self.watcher.communicate()
        self.watcher = None


def spawn(  # noqa: PLR0913 -- each is a keyword that a caller reads by its name
    command: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    enter: Callable[[], None] | None = None,
    watched: bool = sys.platform != "linux",
) -> Child:
    """Start `command`; `death_signal` is what the death of the calling thread sends it.

    `stdout` and `stderr` are descriptors or `subprocess.PIPE`, or inherited. `enter` runs in the
    child before exec, where only one thread is left. `watched` chooses the watcher over the
    kernel's signal.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if enter is not None:
            enter()
        if not watched:
            _end_with_parent(death_signal, parent)

    if not watched:
        # Loaded before the fork: after it, a lock of the loader may be held for ever.
        libc()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=before_exec,  # noqa: PLW1509 -- it only makes system calls
    )
    return Child(process, _watch(process.pid, death_signal) if watched else None)


def _end_with_parent(death_signal: int, parent: int) -> None:
    """Have the kernel send us `death_signal` when the process `parent` ends. Linux only.

    Called in a child between fork and exec, after its identity is settled, since a change of
    identity clears the setting.
    """
    require(libc().prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0))
    if os.getppid() != parent:
        # It died before the setting took hold.
        os._exit(1)


def _watch(pid: int, death_signal: signal.Signals) -> subprocess.Popen[bytes]:
    name = death_signal.name.removeprefix("SIG")
    return subprocess.Popen(
        ["/bin/sh", "-c", _WATCHER, "sh", name, str(pid)],
        stdin=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )


@cache
def libc() -> ctypes.CDLL:
    """Return the C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def require(result: int) -> None:
    """Raise the `OSError` of a C call whose result is not 0."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
