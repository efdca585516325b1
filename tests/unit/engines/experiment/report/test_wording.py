"""Sentences of results as people write them."""

import math

import pytest

from nexus.engines.experiment.report import wording


@pytest.mark.parametrize(
    ("ratios", "texts"),
    [
        ((4.3, 4.2, 4.4), ["4.3", "4.2", "4.4"]),
        ((0.0432, 0.0411, 0.0456), ["0.043", "0.041", "0.046"]),
        ((14.2, 13.1, 15.0), ["14", "13", "15"]),
        ((2.34, 2.21, 2.61), ["2.3", "2.2", "2.6"]),
        ((2.34, 2.32, 2.33), ["2.34", "2.32", "2.33"]),
        ((1.5,), ["1.50"]),
        ((1_234.0, 1_000.0), ["1,234", "1,000"]),
        ((1.00001, 1.00002), ["1.0000", "1.0000"]),
    ],
)
def test_ratios_have_the_decimals_that_distinguish_the_ends(
    ratios: tuple[float, ...], texts: list[str]
) -> None:
    assert wording.ratios(*ratios) == texts


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

    assert wording.rate(value, (low, high), "time", "lazy") == (
        "14 times as fast, between 13 and 15"
    )
    # A fourteenth of the speed: the wording is inverted, and so are the bounds.
    assert wording.rate(-value, (-high, -low), "time", "lazy") == (
        "14 times as slow, between 13 and 15"
    )
    assert wording.rate(0.0, (math.log(1 / 1.02), math.log(1.03)), "time", "lazy") == (
        "no clear difference: between 2 % slower and 3 % faster"
    )


def test_rate_of_throughput_names_the_opponent() -> None:
    value, low, high = logs(0.5, 0.25, 0.75)

    assert wording.rate(value, (low, high), "throughput", "row lock") == (
        "0.50 times the throughput of row lock, between 0.25 and 0.75"
    )


@pytest.mark.parametrize(
    ("ratio", "measure", "text"),
    [
        (1.004, "time", "0.4 % faster"),
        (1 / 1.25, "time", "25 % slower"),
        (1.1, "throughput", "10 % more"),
        (0.75, "throughput", "25 % less"),
        (2.5, "throughput", "2.5 times as much"),
        (0.5, "throughput", "0.50 times as much"),
        (30, "time", "30 times as fast"),
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


def test_happened_counts_trials_and_events() -> None:
    assert wording.happened("sold_twice", 40, 40, 612) == (
        "sold twice in 40 of 40 trials, 612 in all"
    )


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.075, "7.5 %"), (0.0213, "2.1 %"), (0.05, "5 %"), (0.125, "12 %"), (1.234, "123 %")],
)
def test_percent_has_two_digits(share: float, text: str) -> None:
    assert wording.percent(share) == text


def test_sentence_and_table_round_alike() -> None:
    value, low, high = logs(4.26, 4.16, 4.36)
    sentence = wording.rate(value, (low, high), "time", "lazy")

    assert sentence == "4.3 times as fast, between 4.2 and 4.4"
    assert wording.times(4.26, (4.16, 4.36)) == ["4.3×", "4.2×", "4.4×"]


@pytest.mark.parametrize("state", ["supported", "refuted", "inconclusive", "unavailable"])
def test_verdict_has_a_shape_and_its_own_word(state: str) -> None:
    assert wording.shape(state)
    assert wording.state_word(state) == state


def test_state_without_a_verdict_has_words() -> None:
    assert wording.state_word("reported") == "reported, not tested here yet"
    assert wording.state_word("not run") == "not yet run here"
    assert wording.state_word("") == "no verdict"
    assert wording.shape("") == ""
