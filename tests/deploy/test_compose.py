"""The profiles of compose.yaml, running."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.deploy.conftest import Project, wait_until_healthy
from tests.deploy.traffic import fetch, under_load
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = DOCUMENT["services"]
IN_FULL = {"runner", "replica", "rabbitmq", "prometheus", "alertmanager", "grafana"}
SMALL = {"haproxy", "web-blue", "web-green", "migrate", "worker", "beat", "postgres", "valkey"}
SQL = ("psql", "--username", "nexus", "--tuples-only", "--no-align", "--command")
running = [pytest.mark.docker, pytest.mark.timeout(900)]


def test_profiles_hold_what_they_say() -> None:
    profiles = {
        profile: {name for name, service in SERVICES.items() if profile in service["profiles"]}
        for profile in ("small", "full")
    }
    assert profiles["small"] == SMALL
    assert profiles["full"] == set(SERVICES)
    assert set(SERVICES) - SMALL == IN_FULL


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert service["read_only"] or name == "rabbitmq"
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert "healthcheck" in service or name.startswith("web-")  # the image's own
    assert re.search(r":v?\d+\.\d+", service["image"]), "no version"
    assert "front" not in service["networks"] or name in {"haproxy", "grafana"}
    asking = name.startswith("web-") or name in {"worker", "alertmanager"}
    assert "out" not in service["networks"] or asking


def test_secrets_have_no_default() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    secrets = set(re.findall(r"\$\{(\w*PASSWORD|SECRET_KEY)(\W+)", text))
    assert len(secrets) == 8
    assert {mark for _, mark in secrets} == {":?"}


@pytest.mark.docker
def test_it_is_of_its_schema(tmp_path: Path) -> None:
    needed = (
        "compose.yaml",
        ".env.example",
        "script/environment",
        "deploy/monitoring/alertmanager.yml",
    )
    for name in needed:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for _ in range(2):
        # The second time everything exists.
        subprocess.run([tmp_path / "script" / "environment"], check=True, capture_output=True)
    # docker-compose validates the file against the Compose Specification's schema.
    done = subprocess.run(
        ["docker-compose", "--profile", "full", "config", "--services"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == set(SERVICES)


class TestRunning:
    pytestmark = running

    def test_page_over_tls(self, small: Project) -> None:
        status, body = fetch(small.tls_port, "/", small.certificate)
        assert status == http.client.OK
        assert b"<title>" in body
        stylesheet = re.search(rb'href="(/static/[^"]+\.css)"', body)
        assert stylesheet
        status, _ = fetch(small.tls_port, stylesheet[1].decode(), small.certificate)
        assert status == http.client.OK

    def test_library_is_loaded(self, small: Project) -> None:
        status, body = fetch(small.tls_port, "/library/challenges/overselling/", small.certificate)
        assert status == http.client.OK
        assert b"Overselling" in body

    def test_plain_http_leads_to_tls(self, small: Project) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", small.plain_port)
        connection.request("GET", "/labs/")
        answer = connection.getresponse()
        connection.close()
        assert answer.status == http.client.PERMANENT_REDIRECT
        assert answer.headers["Location"] == "https://127.0.0.1:443/labs/"

    def test_back_has_no_way_out(self, small: Project) -> None:
        attempt = "import socket; socket.create_connection(('10.0.2.3', 53), 3)"
        with pytest.raises(AssertionError, match=r"unreachable|timed out"):
            small.inside("beat", "python", "-c", attempt)
        # Services with access to the outside do get out, so the test's method works.
        small.inside("web-blue", "python", "-c", attempt)

    def test_web_is_no_superuser(self, small: Project) -> None:
        asked = "SELECT rolname, rolsuper, rolcreatedb FROM pg_roles WHERE rolcanlogin ORDER BY 1"
        roles = small.inside("postgres", *SQL, asked).split()
        assert roles == ["nexus|f|f", "postgres|t|t", "replicator|f|f", "runner|f|t"]
        address = small.inside("web-green", "sh", "-c", "echo $DATABASE_URL")
        assert address.startswith("postgresql://nexus:")

    def test_deployment_by_containers(self, small: Project) -> None:
        small.engine.run("docker", "tag", "nexus:0.1.0", "nexus:0.1.1")
        with under_load(small.tls_port, "/livez", small.certificate) as traffic:
            code, told = self.deploy(small, "nexus:0.1.1")
            assert code == 0, told
            code, absent = self.deploy(small, "nexus:none")
            assert code == 1
            assert "nothing else was changed" in absent
            code, crashing = self.deploy(small, "nexus:0.1.0", watch_s=60, killed="web-blue")
            assert code == 1
            assert "Rolled back: green serves as before" in crashing
        figures = f"{traffic.answers.total()} requests, slowest {traffic.slowest_s:.2f} s"
        print(f"\n{figures}\n{told}")  # noqa: T201 -- figures for documentation/
        assert traffic.failures == []
        assert traffic.answers.total() > 100
        for service in ("web-green", "worker", "beat"):
            assert small.inspect(service, ".Config.Image") == "nexus:0.1.1"
        assert small.inspect("web-blue", ".State.Status") == "exited"

    def deploy(
        self, small: Project, release: str, *, watch_s: int = 3, killed: str = ""
    ) -> tuple[int, str]:
        """Deploy a release, kill a service of it once it serves, and return its code and output."""
        command: list[str | Path] = [ROOT / "script/deploy", release, "--project", small.folder]
        with subprocess.Popen(
            [*command, "--watch", str(watch_s)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=small.engine.environment,
        ) as deployment:
            assert deployment.stdout
            told = []
            for line in deployment.stdout:
                told.append(line)
                if killed and "traffic goes to" in line:
                    os.kill(int(small.inspect(killed, ".State.Pid")), signal.SIGKILL)
        return deployment.returncode, "".join(told)

    def test_hanging_worker_is_killed_and_restarted(self, small: Project) -> None:
        began = small.inspect("worker", ".State.StartedAt")
        # While stopped it takes no tasks; beat keeps sending them, and the last progress is long
        # ago.
        small.inside("worker", "sh", "-c", "kill -STOP $(cat /proc/1/task/1/children)")
        small.inside("worker", "touch", "--date", "10 minutes ago", "/tmp/nexus/worker-progress")  # noqa: S108 -- in the container
        begun_again = until(
            lambda: small.inspect("worker", ".State.StartedAt") != began, patience_s=300, pause_s=1
        )
        assert begun_again, small.inspect("worker", "json .State.Health")
        wait_until_healthy(small, "worker")


class TestFull:
    pytestmark = running

    def test_replica_follows(self, full: Project) -> None:
        full.inside("postgres", *SQL, "CREATE TABLE followed AS SELECT 7 AS number")
        assert until(lambda: full.inside("replica", *SQL, "SELECT to_regclass('followed')").strip())
        assert full.inside("replica", *SQL, "SELECT number FROM followed").strip() == "7"
        with pytest.raises(AssertionError, match="read-only transaction"):
            full.inside("replica", *SQL, "DROP TABLE followed")

    def test_tasks_use_rabbitmq(self, full: Project) -> None:
        asked = ("rabbitmqctl", "--quiet", "list_queues", "--no-table-headers", "name", "consumers")
        queues = dict(line.split() for line in full.inside("rabbitmq", *asked).splitlines())
        assert queues["nexus"] == "1"

    def test_prometheus_sees_every_part(self, full: Project) -> None:
        query = "http://127.0.0.1:9090/api/v1/query?query="
        wanted = {"web": 2, "worker": 1, "haproxy": 1, "prometheus": 1}

        def up() -> Counter[str]:
            answer = json.loads(full.inside("prometheus", "wget", "-qO-", f"{query}up==1"))
            return Counter(each["metric"]["job"] for each in answer["data"]["result"])

        assert until(lambda: up() == wanted, pause_s=1), up()

    def test_runner_carries_out_a_lab(self, full: Project) -> None:
        ask = (
            "from nexus.apps.labs import services\n"
            "from nexus.apps.users.services import ensure_owner\n"
            "run = services.request_run(lab='overselling', by=ensure_owner(), form='quick')\n"
            "print(run.pk)"
        )
        run = full.inside("web-green", "nexus", "manage", "shell", "-c", ask).split()[-1]
        asked = f"SELECT status FROM labs_run WHERE id = '{run}'"  # noqa: S608 -- made just now

        def status() -> str:
            return full.inside("postgres", *SQL, asked).strip()

        until(lambda: status() not in {"queued", "running"}, patience_s=450, pause_s=1)
        assert status() == "done", full.compose("logs", "--tail", "20", "runner")
