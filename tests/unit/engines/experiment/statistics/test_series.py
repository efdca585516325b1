"""A series of pairs: both opinions, the hull, and what counts as an outlier."""

import math

import numpy as np
import pytest

from nexus.engines.experiment.statistics.sequence import UNBOUNDED
from nexus.engines.experiment.statistics.series import Estimate, PairSeries


def filled(ratios: list[float], rounds: int = 10) -> PairSeries:
    series = PairSeries(alpha=0.005, seed=1)
    for number, ratio in enumerate(ratios):
        series.add(ratio, 1.0, number * rounds // len(ratios))
    return series


def estimate(by_pairs: tuple[float, float], by_rounds: tuple[float, float]) -> Estimate:
    return Estimate(0.0, by_pairs, by_rounds, pairs=100, rounds=10, outliers=0.0)


def test_value_is_the_median_log_ratio() -> None:
    found = filled([1.0, 2.0, 100.0] * 20).estimate()

    assert pytest.approx(math.log(2)) == found.value
    assert (found.pairs, found.rounds) == (60, 10)


def test_interval_holds_both_opinions() -> None:
    assert estimate((0.1, 0.3), (0.2, 0.4)).interval == (0.1, 0.4)
    assert estimate((0.1, 0.2), (0.12, 0.15)).interval == (0.1, 0.2)


def test_differs_only_where_both_opinions_do() -> None:
    assert estimate((0.1, 0.2), (0.1, 0.3)).differs
    assert estimate((-0.2, -0.1), (-0.3, -0.1)).differs
    assert not estimate((0.1, 0.2), (-0.1, 0.3)).differs
    assert not estimate((-0.1, 0.2), (0.1, 0.3)).differs


def test_rounds_are_asked_only_when_the_pairs_answer() -> None:
    series = filled(np.random.default_rng(1).lognormal(0, 0.2, 100).tolist())

    unasked = series.estimate(lambda _: False)
    asked = series.estimate(lambda _: True)

    assert unasked.by_pairs == unasked.by_rounds
    assert asked.by_pairs != asked.by_rounds


def test_no_pairs_are_unbounded() -> None:
    found = PairSeries(alpha=0.01, seed=1).estimate()

    assert not found.bounded
    assert found.interval == UNBOUNDED
    assert found.outliers == 0


def test_outliers_are_counted_on_either_side_and_kept() -> None:
    series = PairSeries(alpha=0.01, seed=1)
    for number in range(98):
        series.add(1.0, 1.0, number // 10)
    series.add(3.5, 1.0, 9)
    series.add(1.0, 3.5, 9)

    assert pytest.approx(0.02) == series.estimate().outliers
    assert series.estimate().pairs == 100
