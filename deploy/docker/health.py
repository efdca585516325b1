"""The image's health check: exits with 1 and a reason if the container's process does not work.

Each kind of process is checked in its own way. A worker or beat that hangs is killed, so that the
engine restarts it. A web server is not: the load balancer leaves it out, and killing overloaded
servers makes the overload worse.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

__all__ = ["main"]

# Beat writes its schedule every three minutes.
BEAT_SILENCE_S = 400
TIMEOUT_S = 9
INIT = 1
# Less than the 30 s that an engine gives a check.
WORKER_TIMEOUT_S = 25
# A worker reconnects to a broker within this time; two checks are at least that far apart.
GRACE_S = 30


def main() -> None:
    """Check the process."""
    process, words = find_part()
    if "granian" in words:
        check_web()
        return
    try:
        if "beat" in words:
            check_beat(Path(words[words.index("--schedule") + 1]))
        elif "worker" in words:
            check_worker(Path(os.environ["NEXUS_HOME"]) / "worker-stands-still")
    except HangsError as error:
        if process != INIT:
            # This ends the container. Process 1 cannot be killed from inside.
            os.kill(process, signal.SIGKILL)
        sys.exit(str(error))


class HangsError(Exception):
    """The process exists and does nothing."""


def find_part() -> tuple[int, list[str]]:
    """Return the process and its command: process 1, or its child if process 1 is an init.

    compose.yaml starts worker and beat with an init, as `docker run --init` does.
    """
    started = Path("/proc/1/task/1/children")
    children = started.read_text("utf-8").split() if started.exists() else []
    for process in (INIT, *map(int, children)):
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")
        if "granian" in words or "celery" in words:
            return process, words
    return INIT, []


def check_web() -> None:
    """Request /readyz; any status but 200 raises."""
    request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers={"Host": "localhost"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310 -- the same
        pass


def check_beat(schedule: Path) -> None:
    """Check that beat still writes its schedule."""
    files = list(schedule.parent.glob(f"{schedule.name}*"))
    newest = max((path.stat().st_mtime for path in files), default=0)
    if time.time() - newest > BEAT_SILENCE_S:
        raise HangsError("beat has not written its schedule for minutes")


def check_worker(mark: Path) -> None:
    """Check that the worker of this container makes progress.

    It hangs if two checks in a row say so, some time apart: a worker may not have noticed yet that
    its broker is back. The age of the file `mark` is the time since the first. If the check itself
    fails, the worker is left alone.
    """
    nexus = Path(sys.executable).with_name("nexus")
    try:
        done = subprocess.run(
            [nexus, "manage", "worker_alive"],
            check=False,
            capture_output=True,
            text=True,
            timeout=WORKER_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        mark.unlink(missing_ok=True)
        sys.exit("the worker could not be checked in time")
    reason = done.stdout.strip()
    if done.returncode == 0:
        mark.unlink(missing_ok=True)
        return
    if not reason:
        # The check itself failed.
        mark.unlink(missing_ok=True)
        sys.exit(done.stderr.strip() or f"worker_alive ended with {done.returncode}")
    if not mark.exists():
        mark.touch()
    if time.time() - mark.stat().st_mtime < GRACE_S:
        sys.exit(reason)
    mark.unlink()
    raise HangsError(reason)


if __name__ == "__main__":
    main()
