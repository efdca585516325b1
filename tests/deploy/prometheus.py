"""A real Prometheus and a real HAProxy around a service that tests start."""

import datetime as dt
import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.servers import free_port
from tests.support.waiting import until

__all__ = ["CERTIFICATE_DAYS", "MONITORING", "Prometheus", "balancing", "scraping"]

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
CERTIFICATE_DAYS = 90

# Debian's HAProxy reads this; the deployment's file has more, but the same metric names.
BALANCER = """
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
frontend tls
    bind 127.0.0.1:{tls} ssl crt {certificate}
    http-request set-header X-Forwarded-For %[src]
    default_backend web
backend web
    option httpchk GET /readyz?without=cache
    server one 127.0.0.1:{web} check inter 500ms
frontend stats
    bind 127.0.0.1:{stats}
    http-request use-service prometheus-exporter if {{ path /metrics }}
"""


class Prometheus:
    """A running Prometheus and its API."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the response of the API."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self.address}{path}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]

    def values(self, query: str) -> list[float]:
        """Return the numbers that a query returns now, without NaN."""
        found = [float(one["value"][1]) for one in self.ask("/api/v1/query", query=query)["result"]]
        return [number for number in found if number == number]  # noqa: PLR0124 -- NaN is not itself

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.address}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Stop a process after the tests."""
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def scraping(
    folder: Path, targets: dict[str, int], token: str = "", *, every_s: int = 1
) -> Iterator[Prometheus]:
    """Run Prometheus with the deployment's own files, each job scraping a port of this machine.

    Jobs without a port are omitted.
    """
    port = free_port()
    settings = yaml.safe_load((MONITORING / "prometheus.yml").read_text("utf-8"))
    settings["global"] = {"scrape_interval": f"{every_s}s", "evaluation_interval": "1s"}
    del settings["alerting"]
    settings["rule_files"] = [str(MONITORING / "rules" / "*.yml")]
    (folder / "token").write_text(token, "utf-8")
    ports = {**targets, "prometheus": port}
    settings["scrape_configs"] = [
        job for job in settings["scrape_configs"] if job["job_name"] in ports
    ]
    for job in settings["scrape_configs"]:
        for discovery in ("dns_sd_configs", "static_configs"):
            job.pop(discovery, None)
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
        if "authorization" in job:
            job["authorization"]["credentials_file"] = str(folder / "token")
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), "utf-8")
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with ended(subprocess.Popen(command)):
        prometheus = Prometheus(port)
        assert until(prometheus.ready), "Prometheus did not become ready."
        yield prometheus


@contextmanager
def balancing(folder: Path, *, web: int, tls: int, stats: int) -> Iterator[None]:
    """Run HAProxy in front of the web server, with a new certificate."""
    certificate = folder / "nexus.pem"
    certificate.write_bytes(_certificate())
    text = BALANCER.format(web=web, tls=tls, stats=stats, certificate=certificate)
    (folder / "haproxy.cfg").write_text(text, "utf-8")
    with ended(subprocess.Popen(["haproxy", "-q", "-db", "-f", str(folder / "haproxy.cfg")])):
        yield


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM) + private
