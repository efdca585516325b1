"""A new user: a fresh clone, only git and Python, and two commands."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.servers import EXTERNAL, Service, free_port

pytestmark = [pytest.mark.install, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
STRANGER = "nexus-new-user"
PATIENCE_S = 300
SERVE = "script/serve"
# Tests with and without services; other runs show that all tests pass.
SOME = ("tests/unit/core", "tests/unit/cli", "tests/integration/core")


def own_environment(home: Path) -> dict[str, str]:
    """Return the environment of a terminal with a new home, without this test run's services."""
    dropped = {*EXTERNAL, "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    own = str(ROOT / ".venv")
    path = [part for part in kept["PATH"].split(os.pathsep) if not part.startswith(own)]
    return {**kept, "PATH": os.pathsep.join(path), "NEXUS_HOME": str(home)}


def clone(target: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", ROOT, target], check=True)
    return target


@contextmanager
def served(folder: Path, environment: Mapping[str, str], *command: str | Path) -> Iterator[Service]:
    """Run the command that serves, in that folder."""
    port = free_port()
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    service = Service(process, port, patience_s=PATIENCE_S)
    try:
        yield service
        family = service.family()
        assert service.end(signal.SIGINT) == 0
        assert psutil.wait_procs(family, timeout=20)[1] == []
    finally:
        if process.poll() is None:
            for member in service.family():
                member.kill()
        process.wait()
        service.reader.join()
        assert process.stdout is not None
        process.stdout.close()


def open_link(service: Service) -> str:
    """Open the printed link and return its page."""
    link = service.wait_for("/enter/").strip()
    with urllib.request.urlopen(link) as answer:
        return str(answer.read().decode())


def test_clone_to_page_and_a_second_time(tmp_path: Path) -> None:
    folder = clone(tmp_path / "a folder with spaces")
    environment = own_environment(tmp_path / "a home with spaces")
    took = []
    for _ in range(2):
        began = time.monotonic()
        with served(folder, environment, SERVE) as service:
            assert "Overselling" in open_link(service)
            took.append(time.monotonic() - began)
    # The figures are for people; no test judges how long it takes.
    sys.stdout.write(f"first {took[0]:.1f} s, second {took[1]:.1f} s\n")
    # The second time nothing is installed.
    assert not [line for line in service.lines if "install" in line]


def test_script_test_sets_up_and_passes(tmp_path: Path) -> None:
    folder = clone(tmp_path / "a folder with spaces")
    environment = own_environment(tmp_path / "home")
    subprocess.run(["script/test", "-q", *SOME], cwd=folder, env=environment, check=True)


@pytest.fixture
def stranger() -> Iterator[Path]:
    """An ordinary user, created for the test, with a home that others cannot enter."""
    home = Path("/home") / STRANGER
    subprocess.run(["useradd", "--create-home", "--home-dir", home, STRANGER], check=True)
    home.chmod(0o700)
    try:
        yield home
    finally:
        uid = pwd.getpwnam(STRANGER).pw_uid
        left = [one for one in psutil.process_iter(["uids"]) if one.info["uids"].real == uid]
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=PATIENCE_S)
        subprocess.run(["userdel", "--remove", STRANGER], check=True, capture_output=True)


@pytest.mark.needs_root
def test_ordinary_user_serves_and_tests(stranger: Path) -> None:
    folder = clone(stranger / "nexus")
    entry = pwd.getpwnam(STRANGER)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
    become = ("setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    # No NEXUS_HOME: the platform's folder for a user's data is used.
    environment = {
        **own_environment(stranger),
        "HOME": str(stranger),
        "USER": STRANGER,
        # Its own, so that files of a user with another id cannot interfere.
        "TMPDIR": str(stranger),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    del environment["NEXUS_HOME"]
    with served(folder, environment, *become, SERVE) as service:
        assert "Overselling" in open_link(service)
    assert (stranger / ".local/share/nexus").is_dir()
    command = [*become, "script/test", "-q", *SOME]
    subprocess.run(command, cwd=folder, env=environment, check=True)


def test_wheel_in_an_empty_environment_runs_a_lab_and_serves(tmp_path: Path) -> None:
    folder = clone(tmp_path / "source")
    python = [sys.executable, "-m", "uv", "--quiet"]
    subprocess.run(
        [*python, "build", "--wheel", "--no-build-isolation", "--out-dir", tmp_path, folder],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([*python, "venv", tmp_path / "empty"], check=True)
    empty = tmp_path / "empty/bin/python"
    locked = ROOT / "requirements/base.txt"
    for what in (["--require-hashes", "-r", str(locked)], ["--no-deps", str(wheel)]):
        subprocess.run([*python, "pip", "install", "--python", empty, *what], check=True)
    environment = own_environment(tmp_path / "home")
    nexus = tmp_path / "empty/bin/nexus"
    assert subprocess.run([nexus, "check"], env=environment, check=False).returncode == 0
    run = subprocess.run(
        [nexus, "run", "n-plus-one", "--quick", "--json"],
        env=environment,
        cwd=tmp_path,
        check=False,
        stdout=subprocess.PIPE,
    )
    assert b'"nexus.run/1"' in run.stdout
    assert run.returncode == 0
    # Outside of the clone, so that only the content of the wheel is available.
    with served(tmp_path, environment, nexus, "serve") as service:
        assert "Overselling" in open_link(service)
    shutil.rmtree(tmp_path / "empty")
