"""The cluster's pods, run by podman with the servers of the small profile.

Podman is no cluster, so each pod is changed for it: it uses the network of the engine in which
those servers run, its volume `/tmp` is the one that podman gives every read-only container, its
image and its secret have local names, and the test executes its probes. Its commands, variables,
users, rights, limits and the content of the probes stay as they are.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import IMAGE, Project
from tests.deploy.engine import Engine
from tests.deploy.test_kubernetes import build, pod_specs
from tests.support.waiting import until

pytestmark = pytest.mark.docker

PATIENCE_S = 120
SQL = ("psql", "--username", "postgres", "--command")
# Its default limits are above those of many machines.
SETTINGS = """[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
"""
ASK = (
    "import sys, urllib.request as u\n"
    "port, path, host = sys.argv[1:]\n"
    "u.urlopen(u.Request(f'http://127.0.0.1:{port}{path}', headers={'Host': host}), timeout=3)\n"
)

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Podman:
    """Podman in the network of an engine, with its own store."""

    engine: Engine
    image: str

    @property
    def running(self) -> Path:
        """The folder of its state; podman requires a path of at most fifty characters."""
        return Path("/run", self.engine.folder.name)

    def run(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command of podman."""
        pid = (self.engine.folder / "pid").read_text("utf-8").strip()
        store = self.engine.folder / "pods"
        command: list[str | Path] = [
            *("nsenter", "--target", pid, "--net", "--mount", "podman"),
            *("--root", store / "root", "--runroot", self.running),
            *("--tmpdir", store / "temporary"),
            *("--cgroup-manager", "cgroupfs", "--events-backend", "file"),
        ]
        store.mkdir(exist_ok=True)
        (store / "containers.conf").write_text(SETTINGS, "utf-8")
        return subprocess.run(
            [*command, *words],
            check=False,
            capture_output=True,
            text=True,
            input=given,
            env={**os.environ, "CONTAINERS_CONF": str(store / "containers.conf")},
        )

    def must(self, *words: str, given: str = "") -> str:
        """Run a command that must succeed, and return its output."""
        done = self.run(*words, given=given)
        assert done.returncode == 0, f"{words}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def passes(self, container: str, pod: Manifest, kind: str) -> bool:
        """Execute one probe of a pod, once."""
        probe = pod["spec"]["containers"][0][kind]
        if "exec" in probe:
            command = probe["exec"]["command"]
        else:
            asked = probe["httpGet"]
            (port,) = (
                each["containerPort"]
                for each in pod["spec"]["containers"][0]["ports"]
                if each["name"] == asked["port"]
            )
            (host,) = (each["value"] for each in asked["httpHeaders"] if each["name"] == "Host")
            command = ["python", "-c", ASK, str(port), asked["path"], host]
        return self.run("exec", container, *command).returncode == 0


def played(name: str, spec: Manifest, image: str) -> Manifest:
    """Return a pod in a form that podman can run."""
    (container,) = spec["containers"]
    assert [each["name"] for each in container["volumeMounts"]] == ["tmp"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    changed = {**container, "image": image, "imagePullPolicy": "Never"}
    for left_out in (
        "ports",
        "volumeMounts",
        "startupProbe",
        "livenessProbe",
        "readinessProbe",
        "lifecycle",
    ):
        changed.pop(left_out, None)
    kept = {key: value for key, value in spec.items() if key not in {"volumes", "containers"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {**kept, "containers": [changed]},
    }


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    return list(yaml.safe_load_all(build("staging")))


@pytest.fixture(scope="module")
def podman(small: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    """Podman with the image, and a secret with the URL of a separate database."""
    archive = tmp_path_factory.mktemp("image") / "nexus.tar"
    small.engine.run("docker", "save", "--output", archive, IMAGE)
    loaded = Podman(small.engine, "").must("load", "--input", str(archive))
    archive.unlink()
    here = Podman(small.engine, loaded.split()[-1])
    small.inside("postgres", *SQL, "CREATE DATABASE pods OWNER nexus")
    inside = {
        name: value
        for name, _, value in (
            each.partition("=") for each in json.loads(small.inspect("beat", "json .Config.Env"))
        )
    }
    values = {"SECRET_KEY": "of the pods", "NEXUS_METRICS_TOKEN": "of the pods"}
    for name, service in (("DATABASE_URL", "postgres"), ("CACHE_URL", "valkey")):
        address = small.inspect(service, "range .NetworkSettings.Networks}}{{.IPAddress}}{{end")
        values[name] = inside[name].replace(f"@{service}:", f"@{address}:")
    values["DATABASE_URL"] = values["DATABASE_URL"].rpartition("/")[0] + "/pods"
    values["CACHE_URL"] = values["CACHE_URL"].rpartition("/")[0] + "/5"
    # In the encoding of a Secret's `data`.
    secret = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
    here.must("secret", "create", "nexus", "-", given=json.dumps(secret))
    try:
        yield here
    finally:
        here.run("pod", "rm", "--all", "--force", "--time", "10")
        shutil.rmtree(here.running, ignore_errors=True)
        small.inside("postgres", *SQL, "DROP DATABASE pods WITH (FORCE)")


def test_pods_of_a_cluster_do_what_their_probes_ask(
    podman: Podman, manifests: list[Manifest], tmp_path: Path
) -> None:
    specs = {name: spec for name, spec in pod_specs(manifests) if name != "nexus-runner"}
    variables = next(each for each in manifests if each["kind"] == "ConfigMap")
    (tmp_path / "variables.yaml").write_text(yaml.safe_dump(variables), "utf-8")

    def play(name: str) -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(played(name, specs[name], podman.image)), "utf-8")
        configuration = str(tmp_path / "variables.yaml")
        podman.must("kube", "play", "--network", "host", "--configmap", configuration, str(path))
        return f"{name}-{specs[name]['containers'][0]['name']}"

    web = play("nexus-web")
    original = {name: {"spec": spec} for name, spec in specs.items()}
    assert until(lambda: podman.passes(web, original["nexus-web"], "livenessProbe"))
    # No migration has run: it is alive, but not ready.
    assert not podman.passes(web, original["nexus-web"], "readinessProbe")
    migrate = play("nexus-migrate")
    assert podman.must("wait", migrate).strip() == "0", podman.run("logs", migrate).stderr
    assert until(lambda: podman.passes(web, original["nexus-web"], "readinessProbe"))
    for name in ("nexus-worker", "nexus-beat"):
        container = play(name)
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            passes = partial(podman.passes, container, original[name], kind)
            assert until(passes, patience_s=PATIENCE_S), (name, kind, podman.run("logs", container))
        assert podman.must("exec", container, "id", "-u").strip() == "10001"
        refused = podman.run("exec", container, "touch", "/opt/nexus/written")
        assert "Read-only file system" in refused.stderr
        effective = podman.must("exec", container, "grep", "CapEff", "/proc/1/status")
        assert int(effective.split()[1], 16) == 0
