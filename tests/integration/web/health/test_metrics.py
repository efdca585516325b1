"""The metrics for Prometheus: access, counters, and state."""

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from nexus.apps.stays.models import Booking
from nexus.core.observability import collectors
from nexus.core.observability.collectors import COLLECTORS
from nexus.core.observability.metrics import BOOKINGS, count_on_commit
from nexus.core.outbox.models import Message

pytestmark = pytest.mark.django_db

TOKEN = "a-token-of-the-tests"
Found = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def unkept(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    """Cache no values of another test, and use long timeouts for a busy machine.

    All tests but one are about a laptop, whatever servers they run on.
    """
    settings.EMBEDDED = True
    monkeypatch.setattr(collectors, "TIMEOUT_S", 30.0)
    for reading in COLLECTORS.readings.values():
        monkeypatch.setattr(reading, "kept_s", 0.0)


def read(client: Client) -> Found:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def value(found: Found, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def test_metrics_are_served_to_this_machine_only(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404
    # A proxy on this machine forwards requests of others.
    proxied = {"X-Forwarded-For": "192.0.2.1"}
    assert client.get("/metrics", headers=proxied).status_code == 404
    # A foreign name that resolves to this machine.
    assert client.get("/metrics", headers={"Host": "evil.example.org"}).status_code == 400


def test_a_deployment_requires_the_token_for_metrics(
    client: Client, settings: LazySettings
) -> None:
    settings.EMBEDDED = False
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
    # By an internal address, which is no name of the service.
    inner = {"Authorization": f"Bearer {TOKEN}", "Host": "10.0.0.7:8000"}
    answer = client.get("/metrics", headers=inner)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_request_is_counted_by_the_pattern_of_its_address(client: Client) -> None:
    labels = {"method": "GET", "route": "runs/<uuid:run_id>/", "status": "4xx"}
    before = value(read(client), "nexus_http_requests_total", **labels)
    client.get("/runs/00000000-0000-0000-0000-000000000000/")
    client.get("/runs/00000000-0000-0000-0000-000000000001/")
    found = read(client)
    assert value(found, "nexus_http_requests_total", **labels) == before + 2
    assert not any("0000-0000" in str(labels) for _, labels in found)


def test_unknown_urls_and_methods_create_no_labels(client: Client) -> None:
    before = read(client)
    client.get("/no/such/page/7")
    client.get("/no/such/page/8")
    client.generic("BREW", "/")
    after = read(client)
    new = {key for key in after if key[0] == "nexus_http_requests_total"} - set(before)
    assert {dict(labels)["route"] for _, labels in new} <= {"none", "/"}
    assert {dict(labels)["method"] for _, labels in new} <= {"GET", "other"}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_state_is_read_at_each_scrape(client: Client) -> None:
    before = read(client)
    Message.objects.create(topic="tests.t", handler="tests.h", payload={})
    Message.objects.create(topic="t", handler="h", payload={}, failed_at="2026-01-01T00:00Z")
    after = read(client)
    for name in ("nexus_outbox_waiting", "nexus_outbox_given_up"):
        assert value(after, name) == value(before, name) + 1
    assert value(after, "nexus_database_server_connections_max") > 1
    assert value(after, "nexus_queue_tasks") >= 0
    failed = [
        labels for name, labels in after if name == "nexus_reading_up" and not after[name, labels]
    ]
    assert failed == []


def test_a_failing_collector_is_reported_and_stops_no_other(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> list[object]:
        raise OSError("away")

    monkeypatch.setattr(COLLECTORS.readings["queue"], "read", fail)
    found = read(client)
    assert value(found, "nexus_reading_up", reading="queue") == 0
    assert value(found, "nexus_reading_up", reading="outbox") == 1
    assert not any(name == "nexus_queue_tasks" for name, _ in found)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_rolled_back_events_are_not_counted(client: Client) -> None:
    def booked() -> float:
        return value(read(client), "nexus_bookings_total", happened="made")

    before = booked()
    with transaction.atomic():
        count_on_commit(BOOKINGS.labels("made"))
        transaction.set_rollback(True)
    assert booked() == before
    with transaction.atomic():
        count_on_commit(BOOKINGS.labels("made"))
    assert booked() == before + 1
    assert not Booking.objects.exists()
