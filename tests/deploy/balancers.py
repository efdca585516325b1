"""HAProxy with the configuration of `deploy/`, on its own ports."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.release.balancer import COLOURS, Balancer
from deploy.release.errors import DeploymentError
from tests.support.servers import free_ports
from tests.support.waiting import until

__all__ = ["Running", "balancing", "environment", "make_certificate"]

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "deploy" / "load-balancer" / "haproxy.cfg"
PATIENCE_S = 10


@dataclass(frozen=True)
class Running:
    """A load balancer, with its files and ports."""

    folder: Path
    tls_port: int
    plain_port: int
    stats_port: int
    ports: dict[str, int]

    @property
    def socket(self) -> Path:
        """Its runtime socket."""
        return self.folder / "s"

    @property
    def certificate(self) -> str:
        """The certificate that clients trust."""
        return str(self.folder / "certificate.pem")


def make_certificate(folder: Path) -> Path:
    """Create a certificate for localhost and return the file that contains it and its key."""
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "nexus.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    both.write_text(certificate.read_text("utf-8") + key.read_text("utf-8"), "utf-8")
    return both


def environment(running: Running) -> dict[str, str]:
    """Return the environment variables of the configuration."""
    return {
        **os.environ,
        "NEXUS_BLUE": f"127.0.0.1:{running.ports['blue']}",
        "NEXUS_GREEN": f"127.0.0.1:{running.ports['green']}",
        "NEXUS_HTTP": f"127.0.0.1:{running.plain_port}",
        "NEXUS_TLS": f"127.0.0.1:{running.tls_port}",
        "NEXUS_STATS": f"127.0.0.1:{running.stats_port}",
        "NEXUS_PUBLIC_PORT": "8443",
        # No client: these tests come from 127.0.0.1.
        "NEXUS_ADMIN_FROM": "192.0.2.0/24",
        "NEXUS_CERTIFICATE": str(running.folder / "nexus.pem"),
        "NEXUS_SOCKET": str(running.socket),
    }


@contextmanager
def balancing(folder: Path) -> Iterator[Running]:
    """Run it; its log goes to `haproxy.log`."""
    make_certificate(folder)
    tls, plain, stats, *web = free_ports(3 + len(COLOURS))
    running = Running(folder, tls, plain, stats, dict(zip(COLOURS, web, strict=True)))
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen(
            ["haproxy", "-db", "-f", CONFIGURATION],
            env=environment(running),
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(running, process)
        yield running
    finally:
        process.terminate()
        process.wait()


def _wait_for(running: Running, process: "subprocess.Popen[bytes]") -> None:
    def answers() -> bool:
        try:
            Balancer(running.socket).standings()
        except DeploymentError:
            assert process.poll() is None, (running.folder / "haproxy.log").read_text("utf-8")
            return False
        return True

    assert until(answers, patience_s=PATIENCE_S), "HAProxy did not start."
