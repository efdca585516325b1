"""Child processes and what they leave behind."""

import signal
import subprocess

import psutil

from nexus.runtime.processes import spawn


def test_descendants_of_a_child_end_with_it() -> None:
    # The shell dies of the signal, and does not forward it to its children.
    script = 'trap "" INT; sleep 600 & echo $!; wait'
    child = spawn(["/bin/sh", "-c", script], stdout=subprocess.PIPE, death_signal=signal.SIGKILL)
    stdout = child.process.stdout
    assert stdout is not None
    with stdout:
        left = psutil.Process(int(stdout.readline()))
        child.end([(signal.SIGTERM, 10)])

    assert psutil.wait_procs([left], timeout=10)[1] == []
