"""A verdict's figures in words."""

from typing import Any

import pytest

from nexus.engines.experiment.document.run_document import CaseOutcome, Outcome
from nexus.engines.experiment.document.verdicts import Verdict
from nexus.engines.experiment.report import figures


def outcome(**values: Any) -> Outcome:
    fields: dict[str, Any] = {
        "claim": "lab.claim", "kind": "time", "verdict": Verdict.SUPPORTED,
        "declared": "supported", "variant": "fix", "against": None, "measure": "time",
        "value": None, "interval": None, "bar": 2, "unit": "×", "sentence": "", "reason": "",
        "cases": (),
    }  # fmt: skip
    return Outcome(**{**fields, **values})


def case(**values: Any) -> CaseOutcome:
    fields: dict[str, Any] = {
        "case": {}, "verdict": Verdict.SUPPORTED, "value": None, "interval": None,
    }  # fmt: skip
    return CaseOutcome(**{**fields, **values})


@pytest.mark.parametrize(
    ("judged", "in_case", "words"),
    [
        (outcome(), case(), "at least 2×"),
        (outcome(kind="throughput", bar=1.5), case(), "at least 1.5×"),
        (outcome(kind="equal", bar=1.05), case(), "equal within 5 %"),
        (outcome(kind="count", unit="queries", bar=401.0), case(predicted=21), "exactly 21"),
        (outcome(kind="count", unit="queries", bar=2.0), case(), "2 queries in every case"),
        (outcome(kind="count"), case(counted=1, against=2), "2×"),
        (outcome(kind="events", bar=0.0), case(), "never"),
        (outcome(kind="events", bar=None), case(), "at least once"),
        (
            outcome(kind="growth", unit="exponent", bar=0.1),
            case(asks="at most"),
            "exponent at most 0.1",
        ),
        (outcome(kind="other", unit="rows", bar=7), case(), "7 rows"),
        (outcome(bar=None), case(), "–"),
    ],
)
def test_asked_is_the_bar_of_the_claim(judged: Outcome, in_case: CaseOutcome, words: str) -> None:
    assert figures.asked(judged, in_case) == words


@pytest.mark.parametrize(
    ("judged", "in_case", "words"),
    [
        (outcome(), case(value=4.2535), "4.3×"),
        (outcome(unit="queries"), case(value=401), "401 queries"),
        (outcome(kind="growth", unit="exponent"), case(value=0.97), "0.97"),
        (outcome(), case(), "–"),
        (outcome(), case(value=11.5, counted=2, against=23), "2 against 23"),
        (
            outcome(),
            case(trials_with=12, trials=24, total=3567),
            "in 12 of 24 trials, 3,567 in all",
        ),
    ],
)
def test_measured_is_in_the_unit_of_the_claim(
    judged: Outcome, in_case: CaseOutcome, words: str
) -> None:
    assert figures.measured(judged, in_case) == words


@pytest.mark.parametrize(("interval", "words"), [((4.1, 4.5), "4.1× to 4.5×"), (None, "–")])
def test_interval_is_given_by_its_ends(interval: tuple[float, float] | None, words: str) -> None:
    assert figures.interval_of(outcome(), case(value=4.3, interval=interval)) == words


def test_value_and_interval_have_the_same_decimals() -> None:
    close = case(value=2.343, interval=(2.341, 2.344))

    assert figures.measured(outcome(), close) == "2.343×"
    assert figures.interval_of(outcome(), close) == "2.341× to 2.344×"


def test_interval_of_a_share_is_in_per_cent() -> None:
    trials = outcome(kind="events", unit="share of trials")
    assert figures.interval_of(trials, case(value=0.0, interval=(0.0, 0.125))) == "0 % to 12 %"


@pytest.mark.parametrize(
    ("in_case", "words"),
    [
        (case(pairs=76, rounds=6, outliers=0.02), "76 pairs in 6 rounds"),
        (case(trials=24, unknown=0), "24 trials"),
        (case(trials=24, unknown=3), "24 trials, 3 attempts with unknown outcome"),
        (case(value=2), "counted twice"),
        (case(), "–"),
        (case(span="step", asks="at most", passes=12, rounds=6), "12 passes in 6 rounds"),
    ],
)
def test_based_on_is_what_the_figure_comes_from(in_case: CaseOutcome, words: str) -> None:
    assert figures.based_on(in_case) == words


def test_outliers_are_a_share_of_the_pairs() -> None:
    assert figures.outliers(case(outliers=0.0213)) == "2.1 %"
    assert figures.outliers(case()) == "–"


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ((1.0, 2.0), (1.9, 3.0), "overlap"),
        ((1.0, 2.0), (2.0, 3.0), "overlap"),
        ((1.0, 2.0), (2.1, 3.0), "apart"),
        ((2.1, 3.0), (1.0, 2.0), "apart"),
    ],
)
def test_intervals_are_apart_without_a_common_point(
    first: tuple[float, float], second: tuple[float, float], words: str
) -> None:
    assert figures.compared(case(interval=first), case(interval=second)) == words


def test_exact_counts_are_equal_or_differ() -> None:
    assert figures.compared(case(value=21), case(value=21)) == "equal"
    assert figures.compared(case(value=21), case(value=2)) == "differ"


@pytest.mark.parametrize("other", [case(value=1.0), case(), case(interval=(1, 2))])
def test_nothing_is_said_without_figures_on_both_sides(other: CaseOutcome) -> None:
    assert figures.compared(case(), other) == "–"


def test_span_of_a_growth_is_part_of_the_name_of_its_case() -> None:
    late = case(case={"depth": "100 to 1,000"}, span="last decade")
    assert figures.case_name(late) == "last decade: depth 100 to 1,000"


def test_expectation_without_cases_is_its_own_case() -> None:
    (alone,) = figures.cases_of(outcome(value=3.0))
    assert (figures.case_name(alone), alone.value) == ("all", 3.0)
