"""Children that end with the process that started them, however that ends."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from nexus.runtime.embedded.processes import end_strays, spawn
from tests.support.embedded import ROOT

_LIMIT_S = 20.0
_PARENT = """
import os, signal, sys
from nexus.runtime.embedded.processes import spawn
child = spawn(
    ["sleep", "600"], log=2, death_signal=signal.SIGTERM, watched=sys.argv[1] == "watched"
)
print(child.process.pid, flush=True)
if sys.argv[2] == "ends":
    child.end([(signal.SIGTERM, 5.0)])
    print(child.watcher, child.process.returncode, flush=True)
signal.pause()
"""
_WATCH = [
    pytest.param(
        "kernel", marks=pytest.mark.skipif(sys.platform != "linux", reason="the signal is Linux's")
    ),
    "watched",
]


@pytest.mark.parametrize("how", _WATCH)
def test_child_ends_when_its_parent_is_killed(how: str) -> None:
    command = [sys.executable, "-c", _PARENT, how, "stays"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        family = psutil.Process(parent.pid).children()
        parent.kill()
    _, alive = psutil.wait_procs([child, *family], timeout=_LIMIT_S)
    assert alive == []


@pytest.mark.parametrize("how", _WATCH)
def test_child_that_is_ended_takes_its_watcher_along(how: str) -> None:
    command = [sys.executable, "-c", _PARENT, how, "ends"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert parent.stdout.readline() == b"None %d\n" % -signal.SIGTERM
        assert psutil.Process(parent.pid).children() == []
        parent.kill()


def test_child_that_ignores_the_signals_is_killed_at_last() -> None:
    script = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True)"
    command = [sys.executable, "-c", f"{script}; signal.pause()"]
    child = spawn(command, log=subprocess.DEVNULL, death_signal=signal.SIGKILL)
    assert child.alive()
    child.end([(signal.SIGINT, 0.05)])
    assert not child.alive()


def test_child_does_not_see_the_callers_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c fsync=off")
    seen = tmp_path / "seen"
    with seen.open("wb") as log:
        child = spawn(["env"], log=log.fileno(), death_signal=signal.SIGKILL)
        child.process.wait()
    assert not child.alive()
    assert "PGOPTIONS" not in seen.read_text()
    assert "LC_ALL=C" in seen.read_text().splitlines()


def test_strays_in_a_folder_are_killed_and_no_others(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "inside too"
    inside.mkdir()
    outside.mkdir()
    with (
        subprocess.Popen(["sleep", "600"], cwd=inside) as stray,
        subprocess.Popen(["sleep", "600"], cwd=outside) as neighbour,
    ):
        try:
            end_strays(inside)
            assert not psutil.pid_exists(stray.pid)
            assert neighbour.poll() is None
        finally:
            stray.kill()
            neighbour.kill()
