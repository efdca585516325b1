"""The image's health check: which processes it kills, and which not."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.docker import health

STANDS_STILL = SimpleNamespace(returncode=1, stdout="The worker hangs.", stderr="")
ALIVE = SimpleNamespace(returncode=0, stdout="The worker is alive.", stderr="")
BROKEN = SimpleNamespace(returncode=1, stdout="", stderr="ImportError: no")
Look = Callable[[SimpleNamespace | None], None]


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "worker-stands-still"


@pytest.fixture
def look(mark: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Check the worker once; `worker_alive` returns a result, or times out."""

    def look(found: SimpleNamespace | None) -> None:
        def run(command: list[str], **options: Any) -> SimpleNamespace:
            if found is None:
                raise subprocess.TimeoutExpired(command, options["timeout"])
            return found

        monkeypatch.setattr(subprocess, "run", run)
        health.check_worker(mark)

    return look


def long_ago(mark: Path) -> None:
    then = mark.stat().st_mtime - health.GRACE_S
    os.utime(mark, (then, then))


def test_a_worker_that_hangs_at_two_checks_is_killed(look: Look, mark: Path) -> None:
    for _ in range(2):
        # Too soon after one another to count as two.
        with pytest.raises(SystemExit, match="hangs"):
            look(STANDS_STILL)
    long_ago(mark)
    with pytest.raises(health.HangsError):
        look(STANDS_STILL)
    # The next worker gets two checks again.
    assert not mark.exists()


@pytest.mark.parametrize("between", [ALIVE, BROKEN, None])
def test_checks_that_are_not_in_a_row_kill_nothing(
    look: Look, mark: Path, between: SimpleNamespace | None
) -> None:
    with pytest.raises(SystemExit):
        look(STANDS_STILL)
    long_ago(mark)
    if between is ALIVE:
        look(between)
    else:
        with pytest.raises(SystemExit) as failed:
            look(between)
        assert failed.value.code
    with pytest.raises(SystemExit, match="hangs"):
        look(STANDS_STILL)
