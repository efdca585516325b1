"""A worker that hangs is distinguished from an idle one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.support.servers import embedded_environment, serving
from tests.support.waiting import until

PATIENCE_S = 90


def asked(home: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "nexus.cli", "manage", "worker_alive", *options],
        env=embedded_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def asked_until(home: Path, code: int, *options: str) -> str:
    """Run the command until it exits with `code`, and return its last output."""

    def said() -> list[str]:
        ended_with, text = asked(home, *options)
        return [text] if ended_with == code else []

    found = until(said, patience_s=PATIENCE_S, pause_s=0.5)
    assert found, asked(home, *options)
    return found[0]


def test_a_worker_that_stands_still_with_work_waiting_is_told(tmp_path: Path) -> None:
    with serving(embedded_environment(tmp_path)) as service:
        service.wait_for("ready in")
        assert "The worker is alive" in asked_until(tmp_path, 0)

        worker = service.part("worker")
        family = [worker, *worker.children(recursive=True)]
        for process in family:
            os.kill(process.pid, signal.SIGSTOP)
        # Beat continues: its sweeps wait for the worker.
        assert "The worker hangs" in asked_until(tmp_path, 1, "--within", "3")
        assert worker.status() == psutil.STATUS_STOPPED
        # It exists, and its last task was recent: no reason to restart it yet.
        assert asked(tmp_path)[0] == 0

        for process in family:
            os.kill(process.pid, signal.SIGCONT)
        assert "The worker is alive" in asked_until(tmp_path, 0, "--within", "3")
        assert service.end() == 0


def test_a_home_without_a_worker_has_none_alive(tmp_path: Path) -> None:
    code, told = asked(tmp_path)
    assert code == 1
    assert "No worker has started in this home." in told
