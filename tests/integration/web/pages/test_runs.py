"""All evidence of a run is shown, and it can be compared with another one."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nexus.apps.labs import services
from nexus.apps.labs.models import Run
from nexus.apps.library.models import Page
from nexus.apps.library.services import load_library
from nexus.apps.users.services import ensure_owner
from tests.integration.web.pages.test_library import ended_run, outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("library")]

PAGE = "/library/challenges/n-plus-one/"


@pytest.fixture
def library() -> None:
    load_library()


def text_of(client: Client, address: str) -> str:
    """Return the text of a page."""
    answer = client.get(address)
    assert (address, 200) == (address, answer.status_code)
    return words(answer.content.decode())


def words(html: str) -> str:
    """Return the text of a piece of HTML, with a space between its cells."""
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", html.replace("<wbr>", ""))).split())
    return re.sub(r" ([:.,])", r"\1", text)


def row_of(client: Client, address: str, name: str) -> str:
    """Return the row of a table that begins with `name`."""
    body = client.get(address).content.decode()
    mark = r"(?:<[^>]+>|≠|differs:|\s)*"
    rows = re.findall(rf'<tr[^>]*><th scope="row">{mark}{name}<.*?</tr>', body, re.DOTALL)
    assert len(rows) == 1, rows
    return words(rows[0])


def change(run: Run, **values: Any) -> Run:
    """Change parts of a run's document."""
    assert run.document is not None
    run.document = {**run.document, **values}
    run.save(update_fields=["document"])
    return run


def timed_case(**values: Any) -> dict[str, Any]:
    return {
        "case": {"page_size": 10},
        "verdict": "supported",
        "value": 12.5,
        "interval": [11.0, 14.0],
        "pairs": 64,
        "rounds": 10,
        "outliers": 0.031,
        **values,
    }


# The evidence of a run.


def test_every_expectation_is_shown_with_bar_interval_and_number(client: Client) -> None:
    run = ended_run(cases=[timed_case()])
    row = row_of(client, f"/runs/{run.pk}/", "n-plus-one.faster")
    told = "page size 10 at least 2× 12× 11× to 14× 64 pairs in 10 rounds 3.1 % supported supported"
    assert row == f"n-plus-one.faster eager against lazy: time {told}"


def test_control_and_noise_floor_are_shown(client: Client) -> None:
    run = ended_run()
    assert "so there is no control" in text_of(client, f"/runs/{run.pk}/")
    change(run, control={"value": 0.99, "interval": [0.98, 1.02], "pairs": 68})
    told = "compared with itself: 0.99×, between 0.98× and 1.02×, from 68 pairs. It should be 1×"
    assert told in text_of(client, f"/runs/{run.pk}/")
    assert "Noise floor: 2 %" in text_of(client, f"/runs/{run.pk}/")


def test_control_that_differs_voids_the_timings(client: Client) -> None:
    run = change(ended_run(), control={"value": 1.1, "interval": [1.05, 1.2], "pairs": 68})
    assert "and is not: no timing of this run counts" in text_of(client, f"/runs/{run.pk}/")


def test_pressure_is_shown(client: Client) -> None:
    run = ended_run()
    told = "waited for a processor 10 % of the time at the start and 10 % at the end."
    assert told in text_of(client, f"/runs/{run.pk}/")
    change(run, pressure={"start": 0.9, "end": 0.9, "extended": True})
    assert "was given its time once more" in text_of(client, f"/runs/{run.pk}/")
    change(run, pressure={"start": None, "end": None, "extended": False})
    assert "does not report how busy it was" in text_of(client, f"/runs/{run.pk}/")


def test_oracle_is_shown_by_design(client: Client) -> None:
    run = change(ended_run(), variants={"lazy": {}}, cases=[{"page_size": 10}, {"page_size": 50}])
    assert "the same right answer in each of 2 cases" in text_of(client, f"/runs/{run.pk}/")
    change(run, design="trials")
    assert "from the state that the trial left, what had really" in text_of(
        client, f"/runs/{run.pk}/"
    )


def test_counts_are_shown_by_case(client: Client) -> None:
    counted = {
        "unit": "queries",
        "median": 401,
        "n": 1,
        "by_case": [{"case": {"page_size": 200}, "median": 401, "p95": 401, "n": 1}],
    }
    run = change(ended_run(), variants={"lazy": {"queries": counted}})
    row = row_of(client, f"/runs/{run.pk}/", "lazy")
    assert row == "lazy queries page size 200 401 401 – – counted twice"


def test_whole_environment_is_shown_in_parts(client: Client) -> None:
    environment = {"cpu": "Plain CPU", "cores": 2, "memory_mb": 8192, "kernel": "Linux 6.1"}
    versions = {"postgresql": "18.4", "postgresql.fsync": "on"}
    run = change(ended_run(), environment={**environment, **versions})
    text = text_of(client, f"/runs/{run.pk}/")
    parts = "Machine cores 2 cpu Plain CPU kernel Linux 6.1 memory mb 8192 "
    assert f"{parts}Versions postgresql 18.4 Settings of the server postgresql.fsync on" in text


def test_conditions_data_and_code_are_shown(client: Client) -> None:
    run = ended_run()
    text = text_of(client, f"/runs/{run.pk}/")
    assert "Full form, seed 5." in text
    assert "The data set shop-" in text
    assert "library/challenges/n_plus_one/lab.py" in text
    assert "file and page have not changed since" in text


def test_run_of_a_lab_that_is_gone_is_still_shown(client: Client) -> None:
    run = ended_run()
    Run.objects.update(lab="gone")
    text = text_of(client, f"/runs/{run.pk}/")
    assert "This installation no longer has this lab." in text
    assert "stale: its lab is gone" in text


def test_unavailable_run_says_that_nothing_was_measured(client: Client) -> None:
    run = ended_run(verdict="unavailable", value=None, interval=None, cases=[], sentence="")
    assert "Nothing was measured." in text_of(client, f"/runs/{run.pk}/")


def test_failed_run_has_no_audit(client: Client) -> None:
    run = services.request_run(lab="n-plus-one", by=ensure_owner())
    services.take_next_run()
    services.fail_run(run_id=run.pk, error="it broke")
    text = text_of(client, f"/runs/{run.pk}/")
    assert "The run failed. It broke." in text
    assert "The evidence" not in text


# Stale verdicts.


def test_fresh_verdict_is_not_stale(client: Client) -> None:
    run = ended_run()
    assert "stale" not in text_of(client, PAGE)
    assert "stale" not in text_of(client, f"/runs/{run.pk}/")


def grow_old(run: Run) -> None:
    ago = timezone.now() - timedelta(days=91)
    Run.objects.filter(pk=run.pk).update(started_at=ago, ended_at=ago)


def test_verdict_is_stale_after_90_days(client: Client) -> None:
    Page.objects.update(changed_at=timezone.now() - timedelta(days=200))
    run = ended_run()
    grow_old(run)
    Run.objects.filter(pk=run.pk).update(started_at=timezone.now())
    told = "stale: it is older than 90 days. Run the lab again"
    assert told in text_of(client, PAGE)
    assert told in text_of(client, f"/runs/{run.pk}/")


def test_verdict_is_stale_when_its_page_has_changed(client: Client) -> None:
    ended_run()
    Page.objects.filter(slug="n-plus-one").update(changed_at=timezone.now())
    assert "stale: its page has changed since" in text_of(client, PAGE)


def test_verdict_is_stale_when_the_code_of_its_lab_has_changed(client: Client) -> None:
    ended_run()
    Run.objects.update(lab_code="another")
    assert "stale: its lab's code has changed since" in text_of(client, PAGE)


def test_change_of_another_page_makes_no_verdict_stale(client: Client) -> None:
    ended_run()
    Page.objects.exclude(slug="n-plus-one").update(changed_at=timezone.now())
    assert "stale" not in text_of(client, PAGE)


def test_claims_can_be_chosen_by_being_stale(client: Client) -> None:
    run = ended_run(verdict="refuted")
    assert "No verdict is stale here." in text_of(client, "/claims/?state=stale")
    grow_old(run)
    for state in ("stale", "refuted"):
        text = text_of(client, f"/claims/?state={state}")
        assert "Eager" in text or "eager" in text
        assert "it is older than 90 days" in text
    assert "↻ stale 1" in text_of(client, "/claims/")


def test_data_for_programs_says_why_a_verdict_is_stale(client: Client) -> None:
    run = ended_run()
    assert '"stale":null' in client.get("/claims.jsonl").content.decode()
    grow_old(run)
    assert "it is older than 90 days" in client.get("/claims.jsonl").content.decode()


# The runs of a lab.


@pytest.mark.parametrize("address", ["/labs/n-plus-one/", "run"])
def test_runs_of_a_lab_are_listed_with_as_many_queries_as_one(client: Client, address: str) -> None:
    run = ended_run()
    address = f"/runs/{run.pk}/" if address == "run" else address
    with CaptureQueriesContext(connection) as one:
        assert "can be compared here" in text_of(client, address)
    for _ in range(9):
        ended_run()
    with CaptureQueriesContext(connection) as ten:
        body = client.get(address).content.decode()
    assert body.count('name="first"') == 10
    assert len(one) == len(ten)


def test_two_newest_runs_are_offered_to_be_compared(client: Client) -> None:
    _, older, newest = (ended_run() for _ in range(3))
    body = client.get("/labs/n-plus-one/").content.decode()
    chosen = dict(re.findall(r'name="(first|second)" value="([^"]+)"[^>]* checked', body))
    assert chosen == {"first": str(older.pk), "second": str(newest.pk)}


def test_run_is_offered_to_be_compared_with_the_newest_other(client: Client) -> None:
    oldest, _, newest = (ended_run() for _ in range(3))
    body = client.get(f"/runs/{oldest.pk}/").content.decode()
    chosen = dict(re.findall(r'name="(first|second)" value="([^"]+)"[^>]* checked', body))
    assert chosen == {"first": str(newest.pk), "second": str(oldest.pk)}


def test_run_without_a_verdict_cannot_be_chosen(client: Client) -> None:
    ended_run()
    ended_run()
    waiting = services.request_run(lab="n-plus-one", by=ensure_owner())
    body = client.get("/labs/n-plus-one/").content.decode()
    assert f"/runs/{waiting.pk}/" in body
    assert f'value="{waiting.pk}"' not in body


# Two runs compared.


def compared(first: Run, second: Run) -> str:
    return f"/runs/compare/?first={first.pk}&second={second.pk}"


def test_overlapping_intervals_are_shown_as_such(client: Client) -> None:
    first = ended_run()
    second = ended_run(cases=[timed_case(interval=[13.0, 15.0])])
    text = text_of(client, compared(first, second))
    assert "12× 11× to 14× ● supported 12× 13× to 15× overlap" in text


def test_separate_intervals_are_shown_as_such(client: Client) -> None:
    first = ended_run()
    second = ended_run(cases=[timed_case(interval=[14.5, 15.0])])
    assert "14× to 15× apart" in text_of(client, compared(first, second))


def test_exact_counts_are_compared(client: Client) -> None:
    case = {"case": {}, "verdict": "supported", "value": 2, "interval": None}
    first = ended_run(kind="count", unit="queries", interval=None, cases=[case])
    second = ended_run(kind="count", unit="queries", interval=None, cases=[{**case, "value": 3}])
    assert "2 queries ● supported 3 queries differ" in text_of(client, compared(first, second))


def test_difference_of_environments_is_marked(client: Client) -> None:
    first = ended_run()
    second = ended_run()
    machine = second.document["environment"] if second.document else {}
    change(second, environment={**machine, "cpu": "Other CPU", "steal": 0.5})
    address = compared(first, second)
    assert row_of(client, address, "cpu") == "≠ differs: cpu Plain CPU Other CPU"
    assert row_of(client, address, "cores") == "cores 2 2"
    assert "1 of these differs" in text_of(client, address)
    assert "steal" not in text_of(client, address)


def test_same_conditions_are_shown(client: Client) -> None:
    assert "There are no differences." in text_of(client, compared(ended_run(), ended_run()))


def test_missing_part_of_one_run_is_a_difference(client: Client) -> None:
    first, second = ended_run(), ended_run()
    change(first, environment={**(first.document or {})["environment"], "postgresql.jit": "off"})
    row = row_of(client, compared(first, second), "postgresql.jit")
    assert row == "≠ differs: postgresql.jit off –"


def test_runs_without_a_common_claim_say_so(client: Client) -> None:
    first, second = ended_run(), change(ended_run(), expectations=[outcome(claim="other.claim")])
    assert "no claim in common" in text_of(client, compared(first, second))


def test_run_compared_with_itself_says_so(client: Client) -> None:
    run = ended_run()
    assert "This run is compared with itself" in text_of(client, compared(run, run))


@pytest.mark.parametrize("query", ["", "?first=odd&second=odd", "?first=", "?first=\0&second=1"])
def test_comparison_without_two_runs_says_what_to_do(client: Client, query: str) -> None:
    answer = client.get(f"/runs/compare/{query}")
    assert answer.status_code == 404
    assert "Choose two runs to compare" in answer.content.decode()


def test_run_without_a_verdict_is_not_compared(client: Client) -> None:
    run = ended_run()
    waiting = services.request_run(lab="n-plus-one", by=ensure_owner())
    answer = client.get(compared(run, waiting))
    assert answer.status_code == 404
    assert "has no verdict" in answer.content.decode()
