"""Pages respond, forms work, and errors are sentences for people."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from nexus.apps.labs import queries, services
from nexus.apps.labs.freshness import CODE
from nexus.apps.labs.models import Run
from nexus.apps.labs.registry import find_lab
from nexus.apps.library import queries as library_queries
from nexus.apps.library.services import load_library
from nexus.apps.users.services import ensure_owner, issue_login_link
from nexus.web.health.checks import CHECKS
from tests.support.nonempty import nonempty

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("library")]

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def library() -> None:
    load_library()


@pytest.fixture
def owner_client(client: Client) -> Client:
    client.force_login(ensure_owner())
    return client


def outcome(**values: Any) -> dict[str, Any]:
    return {
        "claim": "n-plus-one.faster",
        "kind": "time",
        "verdict": "supported",
        "declared": "supported",
        "variant": "eager",
        "against": "lazy",
        "measure": "time",
        "value": 12.5,
        "interval": [11.0, 14.0],
        "bar": 2,
        "unit": "×",
        "sentence": "12 times as fast, between 11 and 14",
        "reason": "",
        "cases": [
            {
                "case": {"page_size": 10},
                "verdict": "supported",
                "value": 12.5,
                "interval": [11.0, 14.0],
            },
        ],
        **values,
    }


def ended_run(**values: Any) -> Run:
    run = services.request_run(lab="n-plus-one", by=ensure_owner(), seed=5)
    services.take_next_run()
    document = {
        "schema": "nexus.run/1",
        "lab": "n-plus-one",
        "title": "Listing",
        "design": "comparison",
        "form": "full",
        "verdict": "supported",
        "as_declared": True,
        "expectations": [outcome(**values)],
        "variants": {},
        "labels": {"lazy": "lazy", "eager": "eager"},
        "baseline": "lazy",
        "cases": [{"page_size": 10}],
        "noise_floor": 0.02,
        "control": None,
        "pressure": {"start": 0.1, "end": 0.1, "extended": False},
        "seed": 5,
        "environment": {
            "cpu": "Plain CPU",
            "cores": 2,
            "memory_mb": 8192,
            "kernel": "Linux 6.1",
            CODE: find_lab("n-plus-one").code_digest,
        },
        "started_at": "2026-01-01T00:00:00+00:00",
        "duration_s": 3.0,
        "samples": None,
    }
    services.finish_run(run_id=run.pk, document=document, samples="round,pair\n1,1\n")
    return queries.get_run(run.pk)


@pytest.mark.parametrize("address", ["/", "/library/", "/labs/", "/labs/overselling/", "/livez"])
def test_page_answers(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


def test_every_page_of_the_library_answers(client: Client) -> None:
    for key in nonempty(library_queries.pages_by_key()):
        assert client.get(f"/library/{key}/").status_code == 200


def test_page_shows_claims_as_not_run_here(client: Client) -> None:
    body = client.get("/library/challenges/n-plus-one/").content.decode()
    assert body.count("not yet run here") >= 3


def test_page_shows_the_latest_verdict(client: Client) -> None:
    run = ended_run()
    body = client.get("/library/challenges/n-plus-one/").content.decode()
    assert "12 times as fast, between 11 and 14" in body
    assert "Plain CPU, 2 cores, 8 GB, Linux 6.1" in body
    assert f"/runs/{run.pk}/" in body


def test_claim_that_turned_out_otherwise_says_what_was_expected(client: Client) -> None:
    ended_run(verdict="refuted")
    body = client.get("/library/challenges/n-plus-one/").content.decode()
    assert "The page expects: supported." in body


@pytest.mark.parametrize(
    "address", ["/", "/library/", "/library/challenges/n-plus-one/", "/labs/", "/labs/n-plus-one/"]
)
def test_number_of_queries_does_not_grow_with_runs(client: Client, address: str) -> None:
    ended_run()
    with CaptureQueriesContext(connection) as first:
        client.get(address)
    for _ in range(29):
        ended_run()
    with CaptureQueriesContext(connection) as last:
        client.get(address)
    assert len(first) == len(last)


def test_run_page_shows_verdict_and_how_to_repeat_it(client: Client) -> None:
    run = ended_run()
    body = client.get(f"/runs/{run.pk}/").content.decode()
    assert "nexus run n-plus-one --seed 5" in body
    assert "<svg" in body
    assert "noise floor 2 %" in body


def test_result_and_samples_can_be_downloaded(client: Client) -> None:
    run = ended_run()
    assert client.get(f"/runs/{run.pk}/result.json").json()["seed"] == 5
    samples = client.get(f"/runs/{run.pk}/samples.csv")
    assert samples.content == b"round,pair\n1,1\n"
    assert f"n-plus-one-{run.pk}.csv" in samples["Content-Disposition"]


def test_stranger_sees_why_there_is_no_run_button(client: Client) -> None:
    body = client.get("/labs/n-plus-one/").content.decode()
    assert "sign-in link" in body
    assert "<button" not in body


def test_stranger_cannot_start_a_run(client: Client) -> None:
    answer = client.post("/labs/n-plus-one/runs/")
    assert answer.status_code == 403
    assert "sign-in link" in answer.content.decode()
    assert not Run.objects.exists()


def test_link_signs_the_owner_in_once(client: Client) -> None:
    token = issue_login_link(user=ensure_owner())
    assert client.get(f"/enter/{token}/").status_code == 302
    assert "Run it" in client.get("/labs/n-plus-one/").content.decode()
    client.logout()
    again = client.get(f"/enter/{token}/")
    assert again.status_code == 403
    assert "Restart <code>nexus serve</code>" in again.content.decode()


@pytest.mark.parametrize(("form", "kept"), [("quick", "quick"), ("full", "full"), ("odd", "full")])
def test_owner_starts_a_run(owner_client: Client, form: str, kept: str) -> None:
    answer = owner_client.post("/labs/n-plus-one/runs/", {"form": form})
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/runs/{run.pk}/")
    assert (run.form, run.status) == (kept, "queued")


def test_waiting_run_polls_and_can_be_cancelled(owner_client: Client) -> None:
    owner_client.post("/labs/n-plus-one/runs/")
    run = Run.objects.get()
    body = owner_client.get(f"/runs/{run.pk}/").content.decode()
    assert f'hx-get="/runs/{run.pk}/progress/"' in body
    owner_client.post(f"/runs/{run.pk}/cancel/")
    ended = owner_client.get(f"/runs/{run.pk}/progress/").content.decode()
    assert "The run was cancelled" in ended
    assert "hx-get" not in ended


def test_form_without_token_is_refused_with_a_remedy() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ensure_owner())
    answer = client.post("/labs/n-plus-one/runs/")
    assert answer.status_code == 403
    assert "Reload its page" in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/nothing/", "Page not found"),
        ("/library/concepts/nothing/", "No such page"),
        ("/labs/nothing/", "No lab &#x27;nothing&#x27;. Available labs: "),
        (f"/runs/{UNKNOWN}/", "No such run"),
        (f"/runs/{UNKNOWN}/result.json", "No such run"),
        (f"/runs/{UNKNOWN}/samples.csv", "No such run"),
    ],
)
def test_unknown_address_says_what_to_do(client: Client, address: str, sentence: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert sentence in answer.content.decode()


def test_lost_database_is_a_sentence(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("nexus.web.pages.library.queries.list_shelves", lose)
    answer = client.get("/library/")
    assert answer.status_code == 503
    assert "The database is unreachable" in answer.content.decode()


def test_readyz_names_what_was_checked(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] == dict.fromkeys((check.name for check in CHECKS), "ok")


@override_settings(CACHE_URL="unix:///nowhere/valkey.sock")
def test_readyz_fails_without_cache(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["cache"] == "ConnectionError"


def test_every_response_carries_the_policies(client: Client) -> None:
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_hold_no_inline_style_script_or_other_host(client: Client) -> None:
    ended_run()
    for address in ("/", "/library/challenges/n-plus-one/", "/labs/n-plus-one/"):
        body = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", body)
        assert not re.search(r'(?:src|href)="(?:https?:)?//(?!\S+"[^>]*>[^<]*</a>)', body)


@pytest.mark.parametrize(
    "address",
    [
        "/library/challenges/n-plus-one/",
        "/topics/",
        "/labs/",
        "/labs/n-plus-one/",
        "/runs/{first}/",
        "/runs/compare/?first={first}&second={second}",
        "/source/library/challenges/overselling/lab.py",
    ],
)
def test_page_weighs_at_most_30_kilobytes_compressed(client: Client, address: str) -> None:
    import gzip
    from pathlib import Path

    runs = {"first": ended_run().pk, "second": ended_run().pk}
    body = client.get(address.format(**runs)).content
    parts = [body]
    for name in ("nexus/nexus.css", "nexus/nexus.js", "nexus/vendor/htmx.min.js"):
        path = find(name)
        assert isinstance(path, str)
        parts.append(Path(path).read_bytes())
    assert sum(len(gzip.compress(part)) for part in parts) <= 30 * 1024
