"""Errors of views and of tasks reach Sentry, without personal data."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.support.http import receiving

BREAKING = """
import django
django.setup()
import sentry_sdk
from django.test import Client, override_settings
from django.urls import include, path
from nexus.apps.library import queries
from nexus.config.celery import app

def broken(request, person):
    secret = "a-value-of-a-variable"
    raise ValueError(f"{person} of ada@example.org")

def get_page(kind, slug):
    secret = "a-value-of-a-variable"
    try:
        raise LookupError("ada@example.org")
    except LookupError as error:
        raise RuntimeError(f"{slug} of ada@example.org") from error

queries.get_page = get_page
urlpatterns = [path("people/<str:person>/", broken), path("", include("nexus.config.urls"))]

@app.task(name="tests.broken")
def task(email):
    raise KeyError(email)

with override_settings(ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"]):
    client = Client(raise_request_exception=False)
    answer = client.post("/people/a-person/?token=a-token", {"password": "a-password"},
                         HTTP_AUTHORIZATION="Bearer a-bearer", HTTP_COOKIE="sessionid=a-session")
    print(answer.status_code, answer.headers["X-Request-ID"])
    client.get("/api/v1/pages/concepts/a-person/")
    client.post("/graphql/", {"query": '{ page(kind: CONCEPTS, slug: "a-person") { title } }'},
                "application/json")
task.apply(args=["bob@example.org"])
sentry_sdk.flush(10)
"""
PERSONAL = ("example.org", "a-person", "a-token", "a-password", "a-bearer", "a-session", "a-value")
LOADED = """
import sys, django
django.setup()
print([name for name in ("opentelemetry.exporter", "sentry_sdk") if name in sys.modules])
"""


def run(code: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def events(bodies: list[bytes]) -> list[dict[str, Any]]:
    """Return the events in envelopes: a header line, then for each item its header and itself."""
    lines = [json.loads(line) for body in bodies for line in body.splitlines() if line]
    return [line for line in lines if "event_id" in line and "level" in line]


def test_an_error_of_a_view_and_one_of_a_task_arrive_without_personal_data() -> None:
    with receiving() as collector:
        told = run(BREAKING, SENTRY_DSN=f"http://key@{collector.host}/1").split()
    assert told[0] == "500"
    reported = events(collector.bodies)
    found = {event["transaction"]: event for event in reported}
    rest = "api/v1/pages/<slug:kind>/<slug:slug>/"
    assert set(found) == {"people/<str:person>/", rest, "graphql/", "tests.broken"}
    # Each once, although those of the API are logged too.
    assert len(reported) == len(found)
    messages = [found[route]["logentry"]["message"] for route in (rest, "graphql/")]
    assert messages == ["request_failed", "graphql_failed"]
    for event in reported:
        for one in event["exception"]["values"]:
            assert one["stacktrace"]["frames"]
            assert not one["value"]
    of_view = found["people/<str:person>/"]
    assert of_view["tags"] == {"request_id": told[1]}
    assert of_view["request"] == {"method": "POST"}
    sent = b"".join(collector.bodies).decode()
    assert "ValueError" in sent
    assert "KeyError" in sent
    assert [one for one in PERSONAL if one in sent] == []


@pytest.mark.parametrize(
    ("variable", "module"),
    [
        ("", []),
        ("SENTRY_DSN", ["sentry_sdk"]),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", ["opentelemetry.exporter"]),
    ],
)
def test_unused_packages_are_not_loaded(variable: str, module: list[str]) -> None:
    variables = {variable: "http://key@127.0.0.1:1/1"} if variable else {}
    assert run(LOADED, **variables).strip() == str(module)
