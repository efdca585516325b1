"""Sentences of results as people write them."""

import math

import pytest

from nexus.engines.experiment.report import wording


@pytest.mark.parametrize(
    ("ratios", "texts"),
    [
        ((14.2, 13.1, 15.0), ["14", "13", "15"]),
        ((2.34, 2.21, 2.61), ["2.3", "2.2", "2.6"]),
        ((2.34, 2.32, 2.33), ["2.34", "2.32", "2.33"]),
        ((1.5,), ["1.50"]),
        ((1_234.0, 1_000.0), ["1,234", "1,000"]),
        ((1.00001, 1.00002), ["1.000", "1.000"]),
    ],
)
def test_times_tells_the_ends_apart(ratios: tuple[float, ...], texts: list[str]) -> None:
    assert [f"{text}{wording.TIMES}" for text in texts] == wording.times(*ratios)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_001, "queries", "1,001 queries"),
        (1, "queries", "1 query"),
        (1, "rows", "1 row"),
        (0, "rows", "0 rows"),
    ],
)
def test_counted_agrees_with_its_number(value: int, unit: str, text: str) -> None:
    assert text == wording.counted(value, unit)


def logs(*ratios: float) -> list[float]:
    return [math.log(ratio) for ratio in ratios]


def test_rate_says_faster_slower_or_neither() -> None:
    value, low, high = logs(14, 13, 15)
    times = wording.TIMES

    assert wording.rate(value, (low, high), "time", "lazy") == (
        f"14{times} faster, between 13{times} and 15{times}"
    )
    # A fourteenth of the speed: the words turn round and so do the ends.
    assert wording.rate(-value, (-high, -low), "time", "lazy") == (
        f"14{times} slower, between 13{times} and 15{times}"
    )
    assert wording.rate(0.0, (math.log(1 / 1.02), math.log(1.03)), "time", "lazy") == (
        "no clear difference: between 2.0 % slower and 3.0 % faster"
    )


def test_rate_of_throughput_names_the_opponent() -> None:
    value, low, high = logs(0.5, 0.25, 0.75)
    times = wording.TIMES

    assert wording.rate(value, (low, high), "throughput", "row lock") == (
        f"0.50{times} the throughput of row lock, between 0.25{times} and 0.75{times}"
    )


@pytest.mark.parametrize(
    ("ratio", "measure", "text"),
    [
        (1.004, "time", "0.4 % faster"),
        (1 / 1.25, "time", "25 % slower"),
        (1.1, "throughput", "10 % more"),
        (0.75, "throughput", "25 % less"),
        (2.5, "throughput", f"2.5{wording.TIMES} as much"),
        (0.5, "throughput", f"0.50{wording.TIMES} as much"),
        (30, "time", f"30{wording.TIMES} faster"),
    ],
)
def test_difference_has_a_direction(ratio: float, measure: str, text: str) -> None:
    assert text == wording.difference(math.log(ratio), measure)


def test_counts_words_name_few_cases_and_sum_up_many() -> None:
    few = [{"page_size": size} for size in (10, 50, 1_000)]
    many = [{"page_size": size} for size in range(6)]
    mixed = [{"page_size": size, "warm": warm} for size in (1, 2) for warm in (True, False)]

    assert wording.counts_words(few, [3, 3, 3], "queries") == "3 queries at every page size"
    assert wording.counts_words(few, [21, 101, 2_001], "queries") == (
        "21, 101 and 2,001 queries at page size 10, 50 and 1,000"
    )
    assert wording.counts_words(many, list(range(6)), "rows") == "0 to 5 rows in 6 cases"
    assert wording.counts_words(mixed, [2] * 4, "rows") == "2 rows in every case"
    assert wording.counts_words(mixed, [1, 2, 1, 2], "rows") == "1 to 2 rows in 4 cases"
    assert wording.counts_words([{}], [2], "rows") == "2 rows"
    assert wording.counts_words([{"size": 5}], [2], "rows") == "2 rows at size 5"


def test_happened_and_the_rule_of_three() -> None:
    assert wording.happened("sold_twice", 40, 40, 612) == (
        "sold twice in 40 of 40 trials, 612 in all"
    )
    assert wording.rule_of_three(40) == pytest.approx(0.075)
    assert wording.rule_of_three(2) == 1
    assert wording.percent(0.075) == "7.5 %"
