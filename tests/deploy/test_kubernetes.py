"""The cluster's manifests: built, checked against schema and rules, consistent with the code."""

import http.client
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nexus.config.celery import app
from tests.deploy.tools import ROOT, python_tools, run
from tests.support.nonempty import nonempty
from tests.support.servers import free_ports
from tests.support.waiting import until

pytestmark = pytest.mark.deploy

OVERLAYS = ("staging", "production")
# The oldest and the newest release of Kubernetes that the manifests are checked against.
RELEASES = ("1.34", "1.37")
# KEDA's kinds; their schema is in no package, so their fields are checked by name below.
FOREIGN = {"ScaledObject", "TriggerAuthentication"}
LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/part-of"}

Manifest = dict[str, Any]


def build(overlay: str) -> str:
    done = run("kubectl", "kustomize", f"deploy/kubernetes/overlays/{overlay}")
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=OVERLAYS)
def text(request: pytest.FixtureRequest) -> str:
    return build(request.param)


@pytest.fixture
def manifests(text: str) -> list[Manifest]:
    return list(yaml.safe_load_all(text))


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = (m for m in manifests if (m["kind"], m["metadata"]["name"]) == (kind, name))
    return found


def pod_specs(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for manifest in manifests:
        if "template" in manifest.get("spec", {}):
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


@pytest.mark.parametrize("release", RELEASES)
def test_manifests_fit_the_strict_schema(text: str, release: str, tmp_path: Path) -> None:
    path = tmp_path / "built.yaml"
    path.write_text(text, "utf-8")

    done = run(python_tools() / "kubernetes-validate", "--strict", "-k", release, path)

    assert done.returncode == 0, done.stdout + done.stderr
    said = (done.stdout + done.stderr).splitlines()
    passed = [line for line in said if f"against version {release}" in line]
    unknown = [line for line in said if "Couldn't find schema" in line]
    assert len(passed) + len(unknown) == text.count("\nkind: ")
    assert len(unknown) == len(FOREIGN)
    assert all(any(f"kind {kind} " in line for kind in FOREIGN) for line in unknown)


def test_checkov_finds_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "built.yaml"
    path.write_text(text, "utf-8")

    done = run(
        *(python_tools() / "checkov", "--config-file", "deploy/checkov.yaml"),
        *("--framework", "kubernetes", "--output", "json", "--file", path),
    )

    found = json.loads(done.stdout)
    assert [each["check_id"] for each in found["results"]["failed_checks"]] == []
    assert found["summary"]["passed"] > 200
    assert found["summary"]["parsing_errors"] == 0


def test_pods_are_restricted(manifests: list[Manifest]) -> None:
    """Check every pod against the restricted standard, which the namespace enforces."""
    namespace = next(m for m in manifests if m["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for name, spec in nonempty(pod_specs(manifests)):
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec), name
        assert [set(volume) for volume in spec["volumes"]] == [{"name", "emptyDir"}], name
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name


def test_no_secret_has_a_value(manifests: list[Manifest]) -> None:
    assert [m for m in manifests if m["kind"] == "Secret"] == []
    secret = {"DATABASE_URL", "CACHE_URL", "BROKER_URL", "SECRET_KEY", "NEXUS_METRICS_TOKEN"}
    for manifest in manifests:
        assert not secret & set(manifest.get("data", {}))
    for _, spec in pod_specs(manifests):
        for container in nonempty(spec["containers"]):
            assert "env" not in container
            references = [next(iter(each.values()))["name"] for each in container["envFrom"]]
            assert references[1:] in (["nexus"], ["nexus", "nexus-labs"])


def test_every_image_has_its_pinned_tag(manifests: list[Manifest]) -> None:
    images = {c["image"] for _, spec in pod_specs(manifests) for c in spec["containers"]}

    assert images == {"registry.example.org/nexus:0.1.0"}


def test_every_variable_is_known(manifests: list[Manifest]) -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    known = {line.split("=")[0] for line in lines}
    (settings,) = (m["data"] for m in manifests if m["kind"] == "ConfigMap")

    assert set(settings) - known == set()


def test_probes_ask_different_questions(manifests: list[Manifest]) -> None:
    web = named(manifests, "Deployment", "nexus-web")["spec"]["template"]["spec"]["containers"][0]
    settings = next(m for m in manifests if m["kind"] == "ConfigMap")["data"]

    assert web["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz?without=cache"
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        (header,) = web[probe]["httpGet"]["httpHeaders"]
        # Django accepts only known host names, and the kubelet would use the pod's address.
        assert header["value"] in settings["ALLOWED_HOSTS"].split(",")
    worker = named(manifests, "Deployment", "nexus-worker")["spec"]["template"]["spec"]
    probe = worker["containers"][0]["livenessProbe"]
    assert probe["exec"]["command"] == ["nexus", "manage", "worker_alive"]


def test_beat_uses_the_check_of_the_image(manifests: list[Manifest]) -> None:
    beat = named(manifests, "Deployment", "nexus-beat")["spec"]["template"]["spec"]["containers"][0]
    (copied,) = re.findall(
        r"^COPY --from=build (/opt/nexus) \1$",
        (ROOT / "Dockerfile").read_text("utf-8"),
        re.MULTILINE,
    )

    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert beat[probe]["exec"]["command"] == ["python", f"{copied}/bin/health.py"]


def test_mails_come_from_a_name_of_the_host(manifests: list[Manifest]) -> None:
    settings = next(m for m in manifests if m["kind"] == "ConfigMap")["data"]
    (rule,) = named(manifests, "Ingress", "nexus")["spec"]["rules"]

    assert settings["NEXUS_MAIL_FROM"] == f"nexus@{rule['host']}"


@pytest.mark.balancer
def test_admin_is_for_named_networks(manifests: list[Manifest], tmp_path: Path) -> None:
    """Run the snippet in HAProxy itself, in a backend as the controller writes one."""
    annotations = named(manifests, "Ingress", "nexus")["metadata"]["annotations"]
    snippet = annotations["haproxy.org/backend-config-snippet"].strip()
    (networks,) = re.findall(r"!{ src (.*) }$", snippet)
    assert "0.0.0.0/0" not in networks

    assert statuses(snippet, tmp_path) == {"/": 200, "/admin/": 404, "/%61dmin/": 404, "/adm": 200}
    opened = snippet.replace(networks, "127.0.0.0/8")
    assert statuses(opened, tmp_path) == {"/": 200, "/admin/": 200, "/%61dmin/": 200, "/adm": 200}


def statuses(snippet: str, folder: Path) -> dict[str, int]:
    """Return the status of each path behind a backend with the snippet."""
    (port,) = free_ports(1)
    configuration = folder / "haproxy.cfg"
    configuration.write_text(
        "defaults\n    mode http\n    timeout connect 2s\n    timeout client 5s\n"
        "    timeout server 5s\n"
        f"frontend all\n    bind 127.0.0.1:{port}\n    default_backend web\n"
        f"backend web\n    {snippet}\n    http-request return status 200\n",
        "utf-8",
    )
    with subprocess.Popen(["haproxy", "-db", "-f", configuration]) as process:
        try:
            return {path: status(port, path) for path in ("/", "/admin/", "/%61dmin/", "/adm")}
        finally:
            process.kill()


def status(port: int, path: str) -> int:
    def answered() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            return 0
        finally:
            connection.close()

    return until(answered)


def test_stops_outlast_what_they_wait_for(manifests: list[Manifest]) -> None:
    web = named(manifests, "Deployment", "nexus-web")["spec"]["template"]["spec"]
    sleep_s = web["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    answers_s = int(web["containers"][0]["args"][-1])
    worker = named(manifests, "Deployment", "nexus-worker")["spec"]["template"]["spec"]

    assert web["terminationGracePeriodSeconds"] > sleep_s + answers_s
    assert worker["terminationGracePeriodSeconds"] > app.conf.task_time_limit


def test_scaling_reads_the_queue_that_celery_uses(manifests: list[Manifest]) -> None:
    scaled = named(manifests, "ScaledObject", "nexus-worker")["spec"]
    (trigger,) = scaled["triggers"]
    authentication = named(manifests, "TriggerAuthentication", "nexus-broker")

    assert trigger["type"] == "rabbitmq"
    assert trigger["metadata"]["queueName"] == app.conf.task_default_queue
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    (parameter,) = authentication["spec"]["secretTargetRef"]
    assert parameter == {"parameter": "host", "name": "nexus", "key": "BROKER_URL"}
    # Two controllers of the same number would conflict.
    for name in ("nexus-web", "nexus-worker"):
        assert "replicas" not in named(manifests, "Deployment", name)["spec"]


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    fits = all(labels.get(key) == value for key, value in wanted.items())
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "In" for each in expressions)
    return fits and all(labels.get(each["key"]) in each["values"] for each in expressions)


def test_selectors_find_their_pods(manifests: list[Manifest]) -> None:
    pods = {
        m["metadata"]["labels"]["app.kubernetes.io/component"]: m["spec"]["template"]["metadata"]
        for m in manifests
        if "template" in m.get("spec", {})
    }
    for manifest in nonempty(manifests):
        kind, spec = manifest["kind"], manifest.get("spec", {})
        component = manifest["metadata"]["name"].removeprefix("nexus-")
        if kind == "Service":
            selector = {"matchLabels": spec["selector"]}
        elif kind in {"Deployment", "PodDisruptionBudget"}:
            selector = spec["selector"]
        else:
            continue
        found = [name for name, pod in pods.items() if selects(selector, pod["labels"])]
        assert found == [component], manifest["metadata"]["name"]


def test_network_denies_first_and_still_finds_names(manifests: list[Manifest]) -> None:
    policies = {m["metadata"]["name"]: m["spec"] for m in manifests if m["kind"] == "NetworkPolicy"}
    assert policies["nexus-default-deny"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    # kustomize adds its labels to every selector; the pods of kube-dns have none of them.
    (rule,) = policies["nexus-names"]["egress"]
    assert selects(rule["to"][0]["podSelector"], {"k8s-app": "kube-dns"})
    for name in ("nexus-web", "nexus-worker-metrics"):
        for source in policies[name]["ingress"][0]["from"]:
            assert not LABELS & set(source["namespaceSelector"]["matchLabels"])
    # Internal addresses are not the internet: a user's webhook must not reach them.
    (rule,) = policies["nexus-internet"]["egress"]
    assert "169.254.0.0/16" in rule["to"][0]["ipBlock"]["except"]
