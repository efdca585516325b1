"""Whether the part that runs in this container does its work; ends with 1 and a word when not.

The image's HEALTHCHECK. Each part is asked in its own way. A worker or beat that stands still is
ended, so that the engine starts it again; a web server is not, since the load balancer leaves it
out and ending servers that are overloaded helps nobody.
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
# Below the 30 s that an engine gives a check.
WORKER_TIMEOUT_S = 25
# A worker whose broker was away tries it again within this; checks are no less apart.
SPARED_S = 30


def main() -> None:
    """Ask the part."""
    process, words = find_part()
    if "granian" in words:
        ask_web()
        return
    try:
        if "beat" in words:
            ask_beat(Path(words[words.index("--schedule") + 1]))
        elif "worker" in words:
            ask_worker(Path(os.environ["NEXUS_HOME"]) / "worker-stands-still")
    except StandsStillError as error:
        if process != INIT:
            # It ends the container. Process 1 cannot be killed from inside.
            os.kill(process, signal.SIGKILL)
        sys.exit(str(error))


class StandsStillError(Exception):
    """The part is there and gets nothing done."""


def find_part() -> tuple[int, list[str]]:
    """Return the part and its command: process 1, or where that is an init what it has started.

    compose.yaml has an init before worker and beat, as `docker run --init` does.
    """
    started = Path("/proc/1/task/1/children")
    children = started.read_text("utf-8").split() if started.exists() else []
    for process in (INIT, *map(int, children)):
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\0")
        if "granian" in words or "celery" in words:
            return process, words
    return INIT, []


def ask_web() -> None:
    """Have a request answered, with all that it needs: any status but 200 is raised."""
    request = urllib.request.Request("http://127.0.0.1:8000/readyz", headers={"Host": "localhost"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310 -- the same
        pass


def ask_beat(schedule: Path) -> None:
    """See that beat still writes down what it has sent."""
    files = list(schedule.parent.glob(f"{schedule.name}*"))
    newest = max((path.stat().st_mtime for path in files), default=0)
    if time.time() - newest > BEAT_SILENCE_S:
        raise StandsStillError("beat has written nothing for minutes")


def ask_worker(mark: Path) -> None:
    """Hear whether the worker of this container gets on with its work.

    It stands still where two looks in a row say so, some time apart: one whose broker is just back
    has not heard of it yet. `mark` is a file that says since when. Where nothing can be heard, the
    check fails and the worker stays.
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
        sys.exit("whether the worker gets on could not be found out in time")
    told = done.stdout.strip()
    if done.returncode == 0:
        mark.unlink(missing_ok=True)
        return
    if not told:
        # It was not even looked.
        mark.unlink(missing_ok=True)
        sys.exit(done.stderr.strip() or f"worker_alive ended with {done.returncode}")
    if not mark.exists():
        mark.touch()
    if time.time() - mark.stat().st_mtime < SPARED_S:
        sys.exit(told)
    mark.unlink()
    raise StandsStillError(told)


if __name__ == "__main__":
    main()
