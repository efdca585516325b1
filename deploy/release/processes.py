"""Colours as plain processes on this machine.

A release is a folder with `bin/nexus` in it, such as a virtual environment.
"""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from deploy.release.errors import DeploymentError

__all__ = ["Processes"]

POLL_S = 0.1


@dataclass
class Processes:
    """Starts colours on their ports; stores their process ids in files of `folder`."""

    ports: dict[str, int]
    folder: Path
    stop_s: float = 30

    def current(self) -> str:
        """Return what `remember` wrote."""
        noted = self.folder / "release"
        return noted.read_text("utf-8").strip() if noted.is_file() else ""

    def migrate(self, release: str) -> None:
        """Run the release's migrations."""
        done = subprocess.run([_program(release), "migrate"], check=False)
        if done.returncode:
            raise DeploymentError(f"The migrations of {release} failed; nothing else was changed.")

    def start(self, colour: str, release: str) -> None:
        """Start it in its own session, so that it outlives this command."""
        command = [_program(release), "part", "web", "--port", str(self.ports[colour])]
        with (self.folder / f"{colour}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._note(colour).write_text(f"{process.pid} {_start_time(process.pid)}\n", "utf-8")

    def healthy(self, colour: str) -> bool:
        """Return whether it answers /readyz."""
        address = f"http://127.0.0.1:{self.ports[colour]}/readyz"
        with contextlib.suppress(OSError, urllib.error.URLError):
            request = urllib.request.Request(address, headers={"Host": "localhost"})
            with urllib.request.urlopen(request, timeout=5):
                return self._pid(colour) is not None
        return False

    def stop(self, colour: str) -> None:
        """Stop it with SIGTERM, and kill what is left of its session after a while."""
        pid = self._pid(colour)
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + self.stop_s
        while _start_time(pid) and time.monotonic() < until:
            time.sleep(POLL_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        self._note(colour).unlink()

    def remember(self, release: str) -> None:
        """Store the release."""
        (self.folder / "release").write_text(f"{Path(release).resolve()}\n", "utf-8")

    def finish(self) -> None:
        """Do nothing: a service manager such as systemd runs the workers."""

    def _note(self, colour: str) -> Path:
        return self.folder / f"{colour}.pid"

    def _pid(self, colour: str) -> int | None:
        """Return the id of a colour's process, or None if it has ended."""
        if not self._note(colour).is_file():
            return None
        pid, _, start_time = self._note(colour).read_text("utf-8").strip().partition(" ")
        return int(pid) if start_time and _start_time(int(pid)) == start_time else None


def _program(release: str) -> str:
    program = Path(release).resolve() / "bin" / "nexus"
    if not program.is_file():
        raise DeploymentError(f"{release} is not a release: {program} does not exist.")
    return str(program)


def _start_time(pid: int) -> str:
    """Return when a process started, since ids are reused; an empty string if it has ended."""
    with contextlib.suppress(ChildProcessError):
        # A child that has ended stays listed until its exit code is read.
        os.waitpid(pid, os.WNOHANG)
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    )
    return shown.stdout.strip()
