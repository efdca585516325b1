"""What a verdict's figures say in words."""

from typing import Any

import pytest

from nexus.engines.experiment.report import figures


def item(**values: Any) -> dict[str, Any]:
    return {"kind": "time", "unit": "×", "bar": 2, **values}


@pytest.mark.parametrize(
    ("found", "case", "words"),
    [
        (item(), {}, "at least 2×"),
        (item(kind="throughput", bar=1.5), {}, "at least 1.5×"),
        (item(kind="equal", bar=1.05), {}, "equal within 5 %"),
        (item(kind="count", unit="queries", bar=401.0), {"predicted": 21}, "exactly 21"),
        (item(kind="count", unit="queries", bar=2.0), {}, "2 queries in every case"),
        (item(kind="count"), {"counted": 1, "against": 2}, "2×"),
        (item(kind="events", bar=0.0), {}, "never"),
        (item(kind="events", bar=None), {}, "at least once"),
        (
            item(kind="growth", unit="exponent", bar=0.1),
            {"asks": "at most"},
            "exponent at most 0.1",
        ),
        (item(kind="other", unit="rows", bar=7), {}, "7 rows"),
        (item(bar=None), {}, "–"),
    ],
)
def test_asked_is_the_bar_of_the_claim(
    found: dict[str, Any], case: dict[str, Any], words: str
) -> None:
    assert words == figures.asked(found, case)


@pytest.mark.parametrize(
    ("found", "case", "words"),
    [
        (item(), {"value": 4.2535}, "4.25×"),
        (item(unit="queries"), {"value": 401}, "401 queries"),
        (item(kind="growth", unit="exponent"), {"value": 0.97}, "0.97"),
        (item(), {"value": None}, "–"),
        (item(), {"value": 11.5, "counted": 2, "against": 23}, "2 against 23"),
        (
            item(),
            {"trials_with": 12, "trials": 24, "total": 3567},
            "in 12 of 24 trials, 3,567 in all",
        ),
    ],
)
def test_found_is_told_in_the_unit_of_the_claim(
    found: dict[str, Any], case: dict[str, Any], words: str
) -> None:
    assert words == figures.found(found, case)


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ([4.1, 4.5], "4.1× to 4.5×"),
        ([4.1, None], "4.1× or more"),
        ([None, 4.5], "up to 4.5×"),
        ([None, None], "–"),
        (None, "–"),
    ],
)
def test_interval_may_be_open(interval: list[float | None] | None, words: str) -> None:
    assert words == figures.interval_of(item(), {"interval": interval})


def test_interval_of_a_share_is_in_per_cent() -> None:
    trials = item(kind="events", unit="share of trials")
    assert figures.interval_of(trials, {"interval": [0.0, 0.125]}) == "0 % to 12 %"


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"pairs": 76, "rounds": 6, "outliers": 0.02}, "76 pairs in 6 rounds"),
        ({"trials": 24, "unknown": 0}, "24 trials"),
        ({"trials": 24, "unknown": 3}, "24 trials, 3 attempts with unknown outcome"),
        ({"value": 2}, "counted twice"),
        ({"value": None}, "–"),
        ({"span": "step", "asks": "at most", "passes": 12, "rounds": 6}, "12 passes in 6 rounds"),
        ({"trials": 2, "last_decade": 0.5}, "2 trials, last decade 0.5"),
    ],
)
def test_based_on_tells_all_that_the_case_knows(case: dict[str, Any], words: str) -> None:
    assert words == figures.based_on(case)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ([1.0, 2.0], [1.9, 3.0], "overlap"),
        ([1.0, 2.0], [2.0, 3.0], "overlap"),
        ([1.0, 2.0], [2.1, 3.0], "apart"),
        ([2.1, 3.0], [1.0, 2.0], "apart"),
        ([2.1, None], [1.0, 2.0], "apart"),
        ([1.5, None], [1.0, 2.0], "overlap"),
    ],
)
def test_intervals_are_apart_without_a_common_point(
    first: list[float | None], second: list[float | None], words: str
) -> None:
    assert words == figures.spread({"interval": first}, {"interval": second})


def test_exact_counts_are_equal_or_differ() -> None:
    assert figures.spread({"value": 21}, {"value": 21}) == "equal"
    assert figures.spread({"value": 21}, {"value": 2}) == "differ"


@pytest.mark.parametrize("other", [{"value": 1.0}, {"value": None}, {"interval": [1, 2]}])
def test_nothing_is_said_without_figures_on_both_sides(other: dict[str, Any]) -> None:
    assert figures.spread({"value": None}, other) == "–"


def test_span_of_a_growth_is_part_of_the_name_of_its_case() -> None:
    late = {"case": {"depth": "100 to 1,000"}, "span": "last decade"}
    assert figures.cases_of(item(cases=[late])) == [("last decade: depth 100 to 1,000", late)]


def test_expectation_without_cases_is_its_own_case() -> None:
    alone = item(value=3.0)
    assert figures.cases_of(alone) == [("all", alone)]
