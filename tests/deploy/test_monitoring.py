"""Monitoring: the files are valid, and the metrics that they use are exported."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.deploy.prometheus import (
    CERTIFICATE_DAYS,
    MONITORING,
    Prometheus,
    balancing,
    scraping,
)
from tests.support.nonempty import nonempty
from tests.support.servers import Service, embedded_environment, free_port, serving
from tests.support.waiting import until

pytestmark = pytest.mark.prometheus

TOKEN = "a-token-of-the-tests"
SELECTOR = re.compile(r"\b((?:nexus[:_]|haproxy_)[\w:]+|up)(\{[^}]*\})?")
# Metrics that this service does not have, and why.
WITHOUT_A_REPLICA = {"nexus_database_replica_lag_seconds"}
# A query of failures is right although nothing fails: it has `or vector(0)`, and the label exists.
NOTHING_FAILS = {'status="5xx"', 'outcome!="success"'}
DASHBOARDS = sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))


def rules(kind: str) -> list[dict[str, str]]:
    """Return the rules of a kind, `alert` or `record`."""
    files = sorted((MONITORING / "rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


def dashboard_queries() -> list[tuple[str, str]]:
    """Return each query of each panel, with its place."""
    return [
        (f"{file.stem}: {panel['title']}", target["expr"])
        for file in DASHBOARDS
        for panel in json.loads(file.read_text("utf-8"))["panels"]
        for target in panel["targets"]
    ]


def test_promtool_finds_no_fault() -> None:
    for arguments in (
        ("check", "config", "--syntax-only", "prometheus.yml"),
        ("check", "rules", "rules/recording.yml", "rules/alerts.yml"),
        ("test", "rules", *(f"tests/{file.name}" for file in (MONITORING / "tests").iterdir())),
    ):
        done = subprocess.run(
            ["promtool", *arguments], cwd=MONITORING, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    tried: dict[str, set[bool]] = {}
    for file in (MONITORING / "tests").iterdir():
        for case in yaml.safe_load(file.read_text("utf-8"))["tests"]:
            for one in case["alert_rule_test"]:
                tried.setdefault(one["alertname"], set()).add(bool(one["exp_alerts"]))
    assert tried == {rule["alert"]: {True, False} for rule in rules("alert")}


def test_every_alert_names_its_runbook() -> None:
    for rule in nonempty(rules("alert")):
        annotations: Any = rule["annotations"]
        assert annotations["summary"]
        place = f"documentation/operations.md#{rule['alert'].lower()}"
        assert annotations["runbook_url"] == place


def test_dashboards_are_where_grafana_looks_and_ask_its_source() -> None:
    grafana = MONITORING / "grafana"
    (source,) = yaml.safe_load((grafana / "datasource.yml").read_text("utf-8"))["datasources"]
    (provider,) = yaml.safe_load((grafana / "dashboards.yml").read_text("utf-8"))["providers"]
    assert provider["options"]["path"].rpartition("/")[2] == DASHBOARDS[0].parent.name
    boards = [json.loads(file.read_text("utf-8")) for file in DASHBOARDS]
    assert len({board["uid"] for board in boards}) == len(boards) == 4
    for board in boards:
        asked = {
            target["datasource"]["uid"] for panel in board["panels"] for target in panel["targets"]
        }
        assert asked == {source["uid"]}


class Watched:
    """The service with users, and the Prometheus that watches it."""

    def __init__(self, service: Service, prometheus: Prometheus, home: Path, tls: int) -> None:
        self.service, self.prometheus, self.home = service, prometheus, home
        self.http = httpx.Client(base_url=f"https://127.0.0.1:{tls}", verify=False, timeout=30)  # noqa: S501 -- self-signed

    def manage(self, *arguments: str) -> str:
        """Run a management command on the service's data."""
        done = subprocess.run(
            [sys.executable, "-m", "nexus.cli", "manage", *arguments],
            env=embedded_environment(self.home),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def send(self, path: str, body: Any = None) -> Any:
        """Post to the API and return the response."""
        key = {"Idempotency-Key": f'"{uuid.uuid4()}"'}
        answer = self.http.post(f"/api/v1/{path}", json=body, headers=key)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def log_in(self, email: str, password: str) -> None:
        """Send requests as this user from now on."""
        self.http.headers.pop("Authorization", None)
        tokens = self.send("accounts/log-in/", {"email": email, "password": password})
        self.http.headers["Authorization"] = f"Bearer {tokens['access']}"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Start Nexus with all its services behind HAProxy, and scrape each of them."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("watching")
    tls, stats, worker = free_port(), free_port(), free_port()
    environment = {
        **embedded_environment(home),
        # Other tests cache no responses.
        "NEXUS_KEPT_S": "30",
        "NEXUS_METRICS_TOKEN": TOKEN,
        "NEXUS_WORKER_METRICS_PORT": str(worker),
        "NEXUS_PUBLIC_URL": f"https://127.0.0.1:{tls}/",
    }
    with serving(environment) as service:
        ports = {"web": service.port, "worker": worker, "haproxy": stats}
        with (
            balancing(folder, web=service.port, tls=tls, stats=stats),
            scraping(folder, ports, TOKEN) as prometheus,
        ):
            service.wait_for("ready in")
            up = partial(prometheus.values, 'sum(up{job=~"web|worker|haproxy"}) == 3')
            assert until(up), prometheus.ask("/api/v1/targets")
            watched = Watched(service, prometheus, home, tls)
            use(watched)
            yield watched
            watched.http.close()
            assert service.end() == 0


def use(watched: Watched) -> None:
    """Use the service: read, sign up, buy, pay, book, request a run."""
    words = watched.manage("demo").split()
    learner, admin = (
        next(w for w in words if w.startswith(role)) for role in ("learner@", "admin@")
    )
    for path in ("/", "/labs/", "/api/v1/products/", "/no/such/page"):
        for _ in range(3):
            watched.http.get(path)
    email, password = "ada@example.org", "correct horse battery"
    watched.send("accounts/sign-up/", {"email": email, "password": password, "name": "Ada"})
    watched.log_in(learner, words[-1])
    product = watched.http.get("/api/v1/products/?in_stock=true").json()["results"][0]["id"]
    watched.send("cart/lines/", {"product": product, "quantity": 1})
    home = {"recipient": "Ada", "street": "Harbour 1", "city": "Porto", "country": "PT"}
    order = watched.send("checkout/", home)
    watched.send(f"orders/{order['id']}/payments/")
    server = f"http://127.0.0.1:{watched.service.port}"
    watched.manage("sandbox_pay", order["number"], "--url", server)
    stay = watched.http.get("/api/v1/stays/").json()["results"][0]["id"]
    arrival = (datetime.now(UTC) + timedelta(days=300)).date().isoformat()
    watched.send(f"stays/{stay}/bookings/", {"arrival": arrival, "nights": 2, "guests": 1})
    watched.log_in(admin, words[-1])
    run = watched.send("runs/", {"lab": "overselling", "form": "quick"})
    watched.send(f"runs/{run['id']}/cancel/")


def without_data(prometheus: Prometheus, query: str) -> bool:
    return not until(partial(prometheus.values, query), patience_s=20)


def test_every_query_of_every_dashboard_and_recording_has_data(watched: Watched) -> None:
    asked = dashboard_queries() + [(rule["record"], rule["expr"]) for rule in rules("record")]
    # Rates need a change between two scrapes, so requests continue.
    watched.http.get("/api/v1/products/")
    empty = [
        f"{place}: {query}"
        for place, query in asked
        if not any(name in query for name in WITHOUT_A_REPLICA)
        and without_data(watched.prometheus, query)
    ]
    assert empty == []


def test_every_metric_of_the_alerts_is_exported(watched: Watched) -> None:
    unknown = []
    for rule in rules("alert") + rules("record"):
        for name, matchers in SELECTOR.findall(rule["expr"]):
            if name in WITHOUT_A_REPLICA:
                continue
            selector = f"{name}{matchers}"
            for known in NOTHING_FAILS & set(matchers.strip("{}").split(",")):
                selector = selector.replace(known, f'{re.split("!?=", known)[0]}!=""')
            if without_data(watched.prometheus, f"count({selector})"):
                unknown.append(f"{rule.get('alert')}: {selector}")
    assert unknown == []


def test_events_are_counted_once(watched: Watched) -> None:
    for query, happened in {
        'nexus_orders_total{state="pending_payment"}': 1,
        'nexus_orders_total{state="paid"}': 1,
        'nexus_payments_total{outcome="paid"}': 1,
        'nexus_bookings_total{happened="made"}': 1,
        'nexus_accounts_total{happened="signed_up"}': 1,
        'nexus_lab_runs{outcome="cancelled"}': 1,
        'nexus_http_requests_total{route="none",status="4xx"}': 3,
    }.items():
        equal = partial(watched.prometheus.values, f"sum({query}) == {happened}")
        assert until(equal, patience_s=20), (query, watched.prometheus.values(query))
    mails = 'sum(nexus_outbox_deliveries_total{outcome="delivered"}) >= 2'
    assert until(partial(watched.prometheus.values, mails))


def test_the_served_certificate_is_reported(watched: Watched) -> None:
    query = "(max(nexus_certificate_ends_timestamp_seconds) - time()) / 86400"
    (days,) = until(partial(watched.prometheus.values, query))
    assert CERTIFICATE_DAYS - 1 < days <= CERTIFICATE_DAYS


def test_nothing_alerts_while_all_is_well(watched: Watched) -> None:
    groups = watched.prometheus.ask("/api/v1/rules")["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    assert {rule["health"] for rule in found} == {"ok"}

    def active() -> list[str]:
        told = watched.prometheus.ask("/api/v1/alerts")["alerts"]
        return [alert["labels"]["alertname"] for alert in told]

    # The alert regards beat as silent until its second sweep, some 30 s after the start.
    assert until(lambda: not active()), active()


@pytest.mark.parametrize(
    ("part", "job"), [("worker", "worker"), ("nexus.config.wsgi:application", "web")]
)
def test_a_killed_part_is_detected_and_restarted(watched: Watched, part: str, job: str) -> None:
    began = time.time()
    os.kill(watched.service.part(part).pid, signal.SIGKILL)
    query = f'min_over_time(up{{job="{job}"}}[1m]) == 0 and up{{job="{job}"}} == 1'
    back = until(partial(watched.prometheus.values, query))
    assert back, f"nothing was seen of it within {time.time() - began:.0f} s"
