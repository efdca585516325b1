"""Keyset pages show every row once, even if rows change between requests."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from nexus.apps.labs.models import Run
from nexus.core.database.keyset import CursorError, Window, window, window_of_list

pytestmark = pytest.mark.servers

ORDER = ("-requested_at", "-id")
PLAIN = [(number, (number // 3, number)) for number in range(20)]


def walk(page: Callable[[str], Window[Any]]) -> list[Any]:
    """Follow the cursors to the end."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        shown = page(cursor)
        found += shown.items
        cursor = shown.next_cursor
    return found


def cursor_of(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.fixture
def runs() -> list[Run]:
    """Runs, many of which were requested in the same microsecond."""
    moments = [timezone.now() for _ in range(4)]
    return Run.objects.bulk_create(
        Run(lab="n-plus-one", form="quick", seed=number, requested_at=moments[number % 4])
        for number in range(23)
    )


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 5, 22, 23, 24])
def test_every_row_is_on_one_page_in_the_order_of_the_keys(runs: list[Run], size: int) -> None:
    found = walk(lambda after: window(Run.objects.all(), order=ORDER, after=after, size=size))

    assert found == sorted(runs, key=lambda run: (run.requested_at, run.pk), reverse=True)


@pytest.mark.django_db
def test_rows_that_come_and_go_move_no_other_row(runs: list[Run]) -> None:
    first = window(Run.objects.all(), order=ORDER, after="", size=10)
    Run.objects.filter(pk__in=[run.pk for run in first.items[:5]]).delete()
    Run.objects.create(lab="n-plus-one", form="quick", seed=99, requested_at=timezone.now())

    after = first.next_cursor or ""
    rest = walk(
        lambda cursor: window(Run.objects.all(), order=ORDER, after=cursor or after, size=10)
    )

    assert {run.pk for run in rest} == {run.pk for run in runs} - {run.pk for run in first.items}


@pytest.mark.django_db
@pytest.mark.usefixtures("runs")
def test_a_page_is_one_query_that_compares_rows() -> None:
    first = window(Run.objects.all(), order=ORDER, after="", size=5)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        window(Run.objects.all(), order=ORDER, after=first.next_cursor or "", size=5)

    assert len(queries) == 1
    assert '("labs_run"."requested_at", "labs_run"."id") <' in queries[0]["sql"]
    assert "OFFSET" not in queries[0]["sql"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor",
    [
        "ö",
        "a",
        "####",
        base64.urlsafe_b64encode(b"no json").decode(),
        cursor_of({}),
        cursor_of("text"),
        cursor_of([]),
        cursor_of(["2026-01-01T00:00:00Z"]),
        cursor_of(["2026-01-01T00:00:00Z", "no uuid"]),
        cursor_of(["no time", "00000000-0000-4000-8000-000000000000"]),
        cursor_of([None, None]),
        cursor_of([[], {}]),
        cursor_of(["\0", "\0"]),
        cursor_of([10**400, 1]),
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
    ],
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        window(Run.objects.all(), order=ORDER, after=cursor, size=5)


@pytest.mark.parametrize("cursor", [cursor_of(["a", "b"]), cursor_of([None]), cursor_of([{}, 1])])
def test_a_cursor_of_another_kind_of_key_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        window_of_list(PLAIN, after=cursor, size=5)


@given(size=st.integers(1, 25))
def test_items_with_keys_are_paged_like_rows(size: int) -> None:
    found = walk(lambda after: window_of_list(PLAIN, after=after, size=size))

    assert found == list(range(20))


@pytest.mark.django_db
def test_an_order_in_two_directions_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="one direction"):
        window(Run.objects.all(), order=("requested_at", "-id"), after="", size=5)
