"""A container engine in its own network, and images for it.

The machine is not changed: the engine runs in namespaces for network and mounts, a small program
connects it to the outside, and all its files are in one folder. No image is pulled: debootstrap
creates the base, with this machine's settings for downloads.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nexus.runtime.processes import Child, spawn
from tests.support.waiting import until

__all__ = ["BASE", "Engine", "make_base", "running"]

BASE = "nexus-test/base:bookworm"
PATIENCE_S = 60
# The settings of pip and uv on this machine: indexes and certificates.
SETTINGS = ("etc/ssl/certs/ca-certificates.crt", "etc/pip.conf")


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    folder: Path
    forwarding: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment that points `docker` and `docker-compose` to this engine."""
        return {**os.environ, "DOCKER_HOST": f"unix://{self.folder}/docker.sock"}

    @property
    def log(self) -> str:
        """The end of its log."""
        return (self.folder / "engine.log").read_text("utf-8")[-3000:]

    def run(self, *command: str | Path, cwd: Path | None = None) -> str:
        """Run a command against this engine and return its output."""
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=cwd,
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def build(self, tag: str, folder: Path, *options: str, base: str = BASE) -> None:
        """Build an image upon another."""
        # The engine's network, not a container's own: names are resolved outside.
        words = ("--network", "host", "--build-arg", f"BASE={base}", "--tag", tag, *options)
        self.run("docker", "build", *words, folder)

    def forward(self, port: int, to: int) -> None:
        """Forward a port of this machine's loopback to one of the engine's."""
        request = {
            "execute": "add_hostfwd",
            "arguments": {
                "proto": "tcp",
                "host_addr": "127.0.0.1",
                "host_port": port,
                "guest_port": to,
            },
        }
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.forwarding))
            connection.sendall(json.dumps(request).encode())
            answer = json.loads(connection.recv(65536))
        assert "error" not in answer, answer


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """Start an engine with all files in `folder`, a short path."""
    command = (
        # Its containers inherit the limit; with the usual one some programs are slow.
        "ulimit -n 4096; ip link set lo up; exec dockerd "
        f"--data-root {folder}/data --exec-root {folder}/exec --pidfile {folder}/pid "
        f"--host unix://{folder}/docker.sock"
    )
    engine = Engine(folder, folder / "forwarding.sock")
    with (folder / "engine.log").open("wb") as log:
        # Both end with the tests, even if these crash.
        daemon = spawn(
            ["unshare", "--net", "--mount", "sh", "-c", command],
            death_signal=signal.SIGTERM,
            stdout=log.fileno(),
            stderr=log.fileno(),
        )
        outwards = None
        try:
            _wait_for(engine, daemon)
            outwards = spawn(
                [
                    *("slirp4netns", "--configure", "--mtu=65520"),
                    *("--api-socket", engine.forwarding, str(daemon.process.pid), "tap0"),
                ],
                death_signal=signal.SIGTERM,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )
            assert until(engine.forwarding.exists, patience_s=PATIENCE_S), engine.log
            yield engine
        finally:
            daemon.end([(signal.SIGTERM, PATIENCE_S)])
            if outwards is not None:
                outwards.end([(signal.SIGTERM, 5)])


def make_base(engine: Engine) -> None:
    """Create the stand-in for Python's official image: Debian with Python 3.11 only."""
    root = engine.folder / "base"
    subprocess.run(
        [
            *("debootstrap", "--variant=minbase"),
            *("--include=ca-certificates,python3,python3-venv", "bookworm", root),
        ],
        check=True,
        capture_output=True,
    )
    for name in SETTINGS:
        if Path("/", name).is_file():
            shutil.copy(Path("/", name), root / name)
    (root / "etc" / "uv").mkdir()
    (root / "etc" / "uv" / "uv.toml").write_text("native-tls = true\n", "utf-8")
    for package in (root / "var" / "cache" / "apt" / "archives").glob("*.deb"):
        package.unlink()
    with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as packed:
        subprocess.run(
            ["docker", "import", "-", BASE],
            check=True,
            capture_output=True,
            stdin=packed.stdout,
            env=engine.environment,
        )
    shutil.rmtree(root)


def _wait_for(engine: Engine, daemon: Child) -> None:
    def answers() -> bool:
        assert daemon.alive(), engine.log
        asked = subprocess.run(
            ["docker", "info"], check=False, capture_output=True, env=engine.environment
        )
        return asked.returncode == 0

    assert until(answers, patience_s=PATIENCE_S), engine.log
