"""Good and broken releases, one after the other, under constant load."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.release.balancer import Balancer
from deploy.release.processes import Processes
from tests.deploy import variant
from tests.deploy.balancers import Running, balancing
from tests.deploy.traffic import fetch, under_load

pytestmark = [pytest.mark.balancer, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
BROKEN = {
    "unhealthy": "did not become healthy",
    "unmigratable": "nothing else was changed",
    # Whichever is detected first.
    "crashing": r"(fails its health check|failed \d+ of \d+ requests)\. Rolled back",
    # HAProxy retries on the other colour, so only the deployment notices it.
    "failing": r"failed \d+ of \d+ requests\. Rolled back",
}
# Long enough for a crashing release to crash.
WATCH_S = variant.CRASH_AFTER_S + 2
START_S = 6


@pytest.fixture
def balancer() -> Iterator[Running]:
    """A load balancer without servers, in a short path, because of the limit for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="nexus-deploy-"))
    try:
        with balancing(folder) as running:
            yield running
            for colour in running.ports:
                Processes(running.ports, folder).stop(colour)
    finally:
        shutil.rmtree(folder)


def make_release(folder: Path, kind: str, number: int) -> Path:
    release = folder / f"{number}-{kind}"
    program = release / "bin" / "nexus"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!/bin/sh\nPYTHONPATH={ROOT} "
        f'exec {sys.executable} {variant.__file__} {kind} {number} "$@"\n',
        "utf-8",
    )
    program.chmod(0o755)
    return release


def deployment(running: Running, release: Path, **seconds: float) -> list[str | Path]:
    patience = {"watch": WATCH_S, "start": START_S, **seconds}
    return [
        *("script/deploy", str(release), "--with", "processes"),
        *("--folder", running.folder, "--socket", running.socket),
        *("--ports", ",".join(f"{name}={port}" for name, port in running.ports.items())),
        *(word for name, value in patience.items() for word in (f"--{name}", str(value))),
    ]


def deploy(running: Running, release: Path, **seconds: float) -> "subprocess.CompletedProcess[str]":
    command = deployment(running, release, **seconds)
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)


def serving(running: Running) -> int:
    return int(fetch(running.tls_port, "/", running.certificate)[1])


def last_migrated() -> int:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT number FROM deployed ORDER BY at DESC LIMIT 1").fetchone()
    assert row
    return int(row[0])


def test_releases_under_load(
    balancer: Running, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    times = 20 if pytestconfig.getoption("--full") else len(BROKEN)
    first = deploy(balancer, make_release(tmp_path, "good", 0))
    assert first.returncode == 0, first.stdout + first.stderr
    lasted = []
    number = good = 0
    with under_load(balancer.tls_port, "/", balancer.certificate) as traffic:
        for turn in range(times):
            number += 1
            began = time.monotonic()
            done = deploy(balancer, make_release(tmp_path, "good", number))
            lasted.append(time.monotonic() - began - WATCH_S)
            assert done.returncode == 0, done.stdout + done.stderr
            good = number
            assert serving(balancer) == good == last_migrated()

            kind, sentence = list(BROKEN.items())[turn % len(BROKEN)]
            number += 1
            done = deploy(balancer, make_release(tmp_path, kind, number))
            assert done.returncode == 1, done.stdout + done.stderr
            assert re.search(sentence, done.stdout), done.stdout
            assert serving(balancer) == good == last_migrated()
    print(  # noqa: T201 -- figures for documentation/
        f"\n{times} good and {times} broken releases, {traffic.answers.total()} requests, "
        f"{len(traffic.failures)} failed; slowest answer {traffic.slowest_s:.2f} s; "
        f"a good one took {max(lasted):.1f} s at most beside the {WATCH_S:g} s it was watched"
    )
    assert traffic.failures == []
    assert traffic.answers.total() > 100 * times


def test_nexus_itself_under_load(balancer: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost")
    release = Path(sys.prefix)
    first = deploy(balancer, release, start=60)
    assert first.returncode == 0, first.stdout + first.stderr
    with under_load(balancer.tls_port, "/livez", balancer.certificate) as traffic:
        done = deploy(balancer, release, start=60)
        assert done.returncode == 0, done.stdout + done.stderr
    assert traffic.failures == []
    assert traffic.answers.total() > 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_deployment_rolls_back(
    balancer: Running, tmp_path: Path, number: signal.Signals
) -> None:
    first = deploy(balancer, make_release(tmp_path, "good", 0))
    assert first.returncode == 0, first.stdout + first.stderr
    command = deployment(balancer, make_release(tmp_path, "good", 1), watch=60)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as asked:
        assert asked.stdout
        for line in asked.stdout:
            if "traffic goes to" in line:
                # Twice: a second interrupt does not stop the rollback.
                asked.send_signal(number)
                asked.send_signal(signal.SIGTERM)
                break
        told = asked.stdout.read()
    assert asked.returncode == 1
    assert "Rolled back: blue serves as before" in told
    assert serving(balancer) == 0
    assert Balancer(balancer.socket).standings()["green"].status == "MAINT"


def test_second_deployment_waits_its_turn(balancer: Running, tmp_path: Path) -> None:
    import fcntl

    with (balancer.folder / "deploy.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = deploy(balancer, make_release(tmp_path, "good", 1))
    assert done.returncode == 1
    assert "is running" in done.stdout
    assert not (balancer.folder / "blue.pid").exists()


def test_folder_that_is_no_release(balancer: Running, tmp_path: Path) -> None:
    done = deploy(balancer, tmp_path)
    assert done.returncode == 1
    assert "is not a release" in done.stdout
    assert not list(tmp_path.iterdir())
