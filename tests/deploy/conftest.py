"""One engine, one image and one running small profile for all tests that need them."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy import engine as engines
from tests.deploy.engine import Engine
from tests.support.servers import free_ports
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "nexus:0.1.0"
PATIENCE_S = 120
# The images of compose.yaml, and their stand-ins.
STOOD_IN = {
    "others": ("postgres:18.6-bookworm", "haproxy:3.2.25-bookworm", "valkey/valkey:9.1.2-bookworm"),
    "rabbitmq": ("rabbitmq:4.3.6-management",),
    "prometheus": ("prom/prometheus:v3.13.3",),
    "alertmanager": ("prom/alertmanager:v0.33.1",),
}
# Debian has no package for it.
LEFT_OUT = {"grafana"}


@dataclass(frozen=True)
class Project:
    """A copy of what a machine needs to run compose.yaml, and the ports of HAProxy."""

    engine: Engine
    folder: Path
    tls_port: int
    plain_port: int

    @property
    def certificate(self) -> str:
        """The certificate that clients trust."""
        return str(self.folder / "var" / "tls" / "certificate.pem")

    def compose(self, *arguments: str) -> str:
        """Run compose with every profile, so `up` needs names."""
        return self.engine.run("docker-compose", "--profile", "full", *arguments, cwd=self.folder)

    def container(self, service: str) -> str:
        """Return the container of a service."""
        return self.compose("ps", "--quiet", service).strip()

    def inspect(self, service: str, what: str) -> str:
        """Inspect a service's container."""
        return self.engine.run(
            "docker", "inspect", "--format", f"{{{{{what}}}}}", self.container(service)
        ).strip()

    def inside(self, service: str, *command: str) -> str:
        """Run a command in a service's container."""
        return self.engine.run("docker", "exec", self.container(service), *command)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine with a base image; sockets need a short path."""
    folder = Path(tempfile.mkdtemp(prefix="nexus-engine-"))
    try:
        with engines.running(folder) as started:
            engines.make_base(started)
            yield started
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """The image of this repository; the stand-ins for other images are built with it."""
    stand_ins = ROOT / "tests" / "deploy" / "stand_ins"

    def build_stand_ins() -> None:
        # One after another: they share their layers.
        for target, (first, *more) in STOOD_IN.items():
            engine.build(first, stand_ins, "--target", target)
            for name in more:
                engine.run("docker", "tag", first, name)

    with ThreadPoolExecutor() as pool:
        builds = [pool.submit(engine.build, IMAGE, ROOT), pool.submit(build_stand_ins)]
    for build in builds:
        build.result()
    return IMAGE


@pytest.fixture(scope="session")
def small(
    engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The small profile, started as its first lines say; every service is healthy."""
    assert image
    folder = tmp_path_factory.mktemp("project")
    for name in ("compose.yaml", ".env.example"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    (folder / "script").mkdir()
    shutil.copy(ROOT / "script" / "environment", folder / "script" / "environment")
    engine.run("script/environment", cwd=folder)
    tls_port, plain_port = free_ports(2)
    project = Project(engine, folder, tls_port, plain_port)
    try:
        engine.run("docker-compose", "up", "--detach", cwd=folder)
        wait_until_healthy(project)
        engine.forward(tls_port, 443)
        engine.forward(plain_port, 80)
        yield project
    finally:
        project.compose("down", "--volumes")


@pytest.fixture(scope="session")
def full(small: Project) -> Project:
    """The same, extended to the full profile with RabbitMQ as broker, also for later tests."""
    path = small.folder / ".env"
    text = path.read_text("utf-8")
    settings = dict(line.partition("=")[::2] for line in text.splitlines())
    broker = f"BROKER_URL=amqp://nexus:{settings['RABBITMQ_PASSWORD']}@rabbitmq:5672//"
    text = text.replace("\nBROKER_URL=\n", f"\n{broker}\n")
    path.write_text(text.replace("COMPOSE_PROFILES=small", "COMPOSE_PROFILES=full"), "utf-8")
    services = set(small.compose("config", "--services").split()) - LEFT_OUT
    small.compose("up", "--detach", *sorted(services))
    wait_until_healthy(small)
    return small


def wait_until_healthy(project: Project, *services: str) -> None:
    """Wait until these services, or all that keep running, are healthy."""
    if not services:
        named = set(project.compose("ps", "--services").split()) - {"migrate"}
        services = tuple(name for name in sorted(named) if project.container(name))
    states: dict[str, str] = {}

    def healthy() -> bool:
        states.update({name: project.inspect(name, ".State.Health.Status") for name in services})
        return set(states.values()) == {"healthy"}

    well = until(healthy, patience_s=PATIENCE_S, pause_s=0.5)
    assert well, (states, project.compose("logs", "--tail", "20"))
