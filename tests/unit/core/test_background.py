"""Background threads end before the interpreter does, and none delays it for long."""

import subprocess
import sys

END_WITHIN_S = 30

PAUSING = """
from nexus.core import background
def work():
    while background.pause(3600):
        pass
    print("ended")
background.start(work, name="pausing")
"""

# The state of a heartbeat when its process hung: it is inside a long call, and holds a lock that
# the interpreter's shutdown needs.
STUCK = """
import threading
from nexus.core import background
background.END_S = 0.1
held = threading.Event()
def work():
    held.set()
    threading.Event().wait()
background.start(work, name="stuck")
held.wait()
"""

FORKED = """
import os, threading
from nexus.core import background
background.start(threading.Event().wait, name="of the parent")
background.END_S = 0.1
if os.fork() == 0:
    background.END_S = 3600
    done = threading.Event()
    background.start(done.set, name="of the child")
    assert done.wait(10)
    assert background.pause(0)
else:
    assert os.wait()[1] == 0
"""


def end_of(script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=END_WITHIN_S,
    )


def test_thread_that_pauses_is_awaited_at_the_end_of_the_process() -> None:
    assert end_of(PAUSING).stdout == "ended\n"


def test_thread_that_is_stuck_does_not_keep_the_process() -> None:
    done = end_of(STUCK)
    assert (done.stdout, done.stderr) == ("", "")


def test_fork_does_not_wait_for_the_threads_of_its_parent() -> None:
    end_of(FORKED)
