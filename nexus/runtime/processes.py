"""Child processes that end with the process that started them.

Every child runs in its own session, so that a terminal's Ctrl-C does not reach it. On Linux the
kernel signals it when its parent dies; elsewhere a watcher process does, which reads a pipe that
only the parent holds open.
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

# From the kernel's header prctl.h.
_PR_SET_PDEATHSIG = 1
# `read` returns when the pipe's last writer is closed.
_WATCHER = 'read _; kill -s "$1" "$2"'

EndingStep = tuple[signal.Signals, float]


@dataclass
class Child:
    """A process started by this one, and its watcher, if it has one."""

    process: subprocess.Popen[bytes]
    watcher: subprocess.Popen[bytes] | None

    def alive(self) -> bool:
        """Return whether the process is running; one that has ended is reaped."""
        if self.process.poll() is None:
            return True
        self._dismiss_watcher()
        return False

    def end(self, steps: Sequence[EndingStep]) -> None:
        """Send each signal and wait its seconds, until the process has ended; SIGKILL is the last.

        Remaining processes of its session are killed too: a server that is stopped while it forks a
        worker may forget that worker.
        """
        for number, timeout_s in (*steps, (signal.SIGKILL, None)):
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout_s)
                break
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._dismiss_watcher()

    def _dismiss_watcher(self) -> None:
        if self.watcher is None:
            return
        # Kill it before its pipe closes: it must not signal a process id that may be in use again.
        self.watcher.kill()
        self.watcher.communicate()
        self.watcher = None


def spawn(  # noqa: PLR0913 -- the arguments are keywords
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
    """Start `command`; it is sent `death_signal` when the calling thread dies.

    `stdout` and `stderr` are descriptors or `subprocess.PIPE`, or inherited. `enter` runs in the
    child before exec, with only one thread. `watched` selects the watcher instead of the kernel's
    signal.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if enter is not None:
            enter()
        if not watched:
            _end_with_parent(death_signal, parent)

    if not watched:
        # Load it before the fork: after it, a lock of the loader could be held forever.
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
    """Make the kernel send this process `death_signal` when the process `parent` dies. Linux only.

    Call it in a child between fork and exec, after changes of user or capabilities, since these
    clear the setting.
    """
    require(libc().prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0))
    if os.getppid() != parent:
        # The parent died before the setting took effect.
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
    """Raise an `OSError` with the current errno if the result of a C call is not 0."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
