"""An engine of containers of its own, in a network of its own, and images for it.

Nothing on the machine is touched: the engine lives in namespaces for network and mounts, a small
program leads outwards, and everything is kept in one folder. No image is pulled: the base is made
by debootstrap, with this machine's settings for downloads in it.
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
# What tells pip and uv on this machine where to load from and whom to trust.
SETTINGS = ("etc/ssl/certs/ca-certificates.crt", "etc/pip.conf")


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    folder: Path
    forwarding: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads `docker` and `docker-compose` here."""
        return {**os.environ, "DOCKER_HOST": f"unix://{self.folder}/docker.sock"}

    @property
    def log(self) -> str:
        """The end of what it wrote."""
        return (self.folder / "engine.log").read_text("utf-8")[-3000:]

    def run(self, *command: str | Path, cwd: Path | None = None) -> str:
        """Run a command that asks this engine; gives what it printed."""
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
        # The engine's network, not one of a container's own: names are looked up outside.
        words = ("--network", "host", "--build-arg", f"BASE={base}", "--tag", tag, *options)
        self.run("docker", "build", *words, folder)

    def forward(self, port: int, to: int) -> None:
        """Lead a port of this machine's loopback to one of the engine's."""
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
    """Start an engine that keeps everything in `folder`, a short path."""
    command = (
        # Its containers inherit the limit; the usual ones make some programs slow.
        "ulimit -n 4096; ip link set lo up; exec dockerd "
        f"--data-root {folder}/data --exec-root {folder}/exec --pidfile {folder}/pid "
        f"--host unix://{folder}/docker.sock"
    )
    engine = Engine(folder, folder / "forwarding.sock")
    with (folder / "engine.log").open("wb") as log:
        # Both end with the tests, however these end.
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
    """Make the stand-in for Python's own image: Debian with Python 3.11, and nothing more."""
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
