"""A `nexus serve` that tests start, watch and stop."""

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.support.waiting import until

__all__ = ["EXTERNAL", "Service", "embedded_environment", "free_port", "free_ports", "serving"]

# With these set no embedded service is started.
EXTERNAL = ("DATABASE_URL", "CACHE_URL", "BROKER_URL", "SECRET_KEY", "NEXUS_EMBEDDED")
PATIENCE_S = 60


def free_ports(count: int) -> list[int]:
    """Return different free ports."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def free_port() -> int:
    """Return a free port."""
    return free_ports(1)[0]


def embedded_environment(home: Path) -> dict[str, str]:
    """Return an environment in which Nexus must start its own services."""
    kept = {name: value for name, value in os.environ.items() if name not in EXTERNAL}
    return {**kept, "NEXUS_HOME": str(home), "PYTHONUNBUFFERED": "1"}


class Service:
    """The running command, its output line by line, and all its processes."""

    def __init__(
        self, process: "subprocess.Popen[str]", port: int, *, patience_s: float = PATIENCE_S
    ) -> None:
        self.process, self.port, self.patience_s = process, port, patience_s
        self.lines: list[str] = []
        self.arrived: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self.arrived.put(line)
        self.arrived.put("")

    def wait_for(self, pattern: str) -> str:
        """Wait for a line that matches and return it; fails with all output."""
        while True:
            line = self.arrived.get(timeout=self.patience_s)
            if re.search(pattern, line):
                return line
            assert line, f"it ended without {pattern!r}:\n{''.join(self.lines)}"

    def part(self, argument: str) -> psutil.Process:
        """Return the process of a part, identified by an argument of its command, once it runs."""

        def matches(child: psutil.Process) -> bool:
            # A child that has just ended has no command.
            with suppress(psutil.NoSuchProcess):
                return argument in child.cmdline()
            return False

        def running() -> list[psutil.Process]:
            return [
                child for child in psutil.Process(self.process.pid).children() if matches(child)
            ]

        started = until(running, patience_s=PATIENCE_S)
        assert started, f"no {argument} was started"
        return started[0]

    def family(self) -> list[psutil.Process]:
        """Return the command's process and all below it."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def serving(environment: dict[str, str], *options: str) -> Iterator[Service]:
    """Start `nexus serve` on a free port; kill what is left of it at the end."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "nexus.cli", "serve", "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
    )
    service = Service(process, port)
    try:
        yield service
    finally:
        if process.poll() is None:
            for member in service.family():
                # One that a supervisor was stopping may be gone by now.
                with suppress(psutil.NoSuchProcess):
                    member.kill()
        process.wait(PATIENCE_S)
        service.reader.join(PATIENCE_S)
        assert not service.reader.is_alive(), "Something that it started is still there."
        assert process.stdout is not None
        process.stdout.close()
